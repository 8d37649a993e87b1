"""PDF files, scans and pictures."""
