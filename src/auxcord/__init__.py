"""Auxcord: a multi-user MCP server for Spotify."""

__version__ = "0.1.0"
