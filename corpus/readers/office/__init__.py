"""Office documents, workbooks and separated values."""
