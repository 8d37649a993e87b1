"""Web pages: what a browser shows of them, their article, and what they say about themselves."""
