"""Logs with redaction at the sink; uses nobody."""
