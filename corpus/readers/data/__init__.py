"""JSON, notebooks, XML and feeds."""
