"""Conversations, visitors, and what the pages show of them, independent of the pages themselves."""
