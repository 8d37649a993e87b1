"""Training and fitting, which need public sets; not part of the wheel."""
