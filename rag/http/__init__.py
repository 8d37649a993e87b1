"""The service over HTTP: FastAPI routes on an `Assistant`."""
