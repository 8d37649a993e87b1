"""The formats of requests and replies, shared by the service and its client. They need pydantic alone."""
