"""OAuth towards MCP clients: registration, consent, the Spotify sign-in, tokens."""
