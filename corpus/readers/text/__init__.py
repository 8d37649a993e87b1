"""Plain text, text out of PDFs, and captions."""
