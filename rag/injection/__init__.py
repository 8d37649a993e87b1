"""Injection: sentences of documents that give orders to a machine are found, and neither shown to it nor cited."""
