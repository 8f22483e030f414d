"""Logs with redaction at the sink, and what inspections find; uses nobody."""
