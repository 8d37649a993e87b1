"""What a text says that can be compared across languages and scripts: numbers, dates, names, negation."""
