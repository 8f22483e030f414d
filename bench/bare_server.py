"""The yardstick: FastMCP with one echo tool, no sign-in, served as we serve. Argument: port or `stdio`."""

# No postponed annotations: FastMCP reads them at run time.
import gc
import sys

import uvicorn
from fastmcp import FastMCP
from fastmcp.tools import ToolResult

mcp = FastMCP("bare")


@mcp.tool
async def echo(text: str) -> ToolResult:
    """Answer what it was given."""
    return ToolResult(content=text)


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        mcp.run(show_banner=False)
    else:
        app = mcp.http_app(path="/mcp", json_response=False, stateless_http=False)
        gc.collect()
        gc.freeze()
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
