"""The entry point for FastMCP's cloud and command line: `fastmcp run fastmcp.json`.

Importing it reads the environment and nothing else: no file is opened and no connection made until it serves.
Without the settings it needs, it still imports, and every tool answers with what to configure. Over stdio
(`fastmcp run server.py:mcp`) it serves this computer's person, as `auxcord` does.
"""

from auxcord.server.cloud import cloud_mcp

mcp = cloud_mcp()
