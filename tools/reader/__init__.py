"""Training the packaged reader."""
