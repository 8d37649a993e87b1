"""What goes over the wire: shapes of requests and replies, shared by the service and its client. Pydantic alone."""
