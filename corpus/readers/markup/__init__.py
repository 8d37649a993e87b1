"""Light mark-up: Markdown, reStructuredText, Org and LaTeX, with exact places."""
