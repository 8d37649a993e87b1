"""Writing answers: quoted or written by a model, from evidence that is packed, delimited and checked."""
