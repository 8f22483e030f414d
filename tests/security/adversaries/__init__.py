"""Two adversaries as programs: a malicious MCP client and a malicious user, before four server processes."""
