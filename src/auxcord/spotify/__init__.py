"""Spotify over HTTP: no users, no storage, no MCP."""
