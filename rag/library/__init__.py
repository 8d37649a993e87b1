"""The documents of a collection: listing, opening and adding them, for the pages and for the service over HTTP."""
