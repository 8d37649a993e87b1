"""The documents of a collection: listed, opened, added, and the work that takes; for pages and programs alike."""
