"""Training and fitting, which need public sets; this package is not part of the wheel."""
