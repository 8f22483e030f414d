"""The entry point for FastMCP's cloud and command line: `fastmcp run server.py:mcp`.

Importing it reads the environment and nothing else: no file is opened and no connection made until it serves.
Without the settings it needs, it still imports, and every tool answers with what to configure.
"""

from auxcord.server.cloud import cloud_mcp

mcp = cloud_mcp()
