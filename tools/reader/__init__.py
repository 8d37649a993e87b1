"""The training of the packaged reader."""
