"""Conversations, visitors and what a page shows of them, without any page."""
