"""Secrets at rest: keys and sealed records, no Spotify, no MCP."""
