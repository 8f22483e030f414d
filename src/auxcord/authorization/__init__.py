"""OAuth towards MCP clients: provider, clients, grants, sign-in, pages."""
