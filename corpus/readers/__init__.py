"""Readers: one per shape of file, each from decoded source text to addressed blocks."""
