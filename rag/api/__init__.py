"""The service over HTTP: FastAPI over `rag.Assistant`, for other programs."""
