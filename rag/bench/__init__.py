"""The retrieval benchmark: datasets, methods, measures, results and their report."""
