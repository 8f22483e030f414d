"""The conformance suite's fixture server: our HTTP factory around tools that only the suite wants.

    PYTHONPATH=src python tests/conformance/fixture.py --port 8123

It needs no sign-in (the suite cannot sign in); everything else about HTTP is what the product serves.
"""

import argparse
from typing import Any

import uvicorn
from asking import add_asking
from contents import add_contents
from fastmcp import FastMCP

from auxcord.server.http import build_http_app


def build_fixture() -> FastMCP[Any]:
    """The server the suite asks for, with everything it asks for."""
    mcp: FastMCP[Any] = FastMCP("Auxcord conformance fixture", version="1.0.0", dereference_schemas=False)
    add_contents(mcp)
    add_asking(mcp)

    @mcp.completion
    def complete(_ref: object, argument: Any, _context: object) -> list[str]:
        return [word for word in ("test", "testing", "paris", "park") if word.startswith(argument.value)]

    return mcp


def main() -> None:
    """Serve the fixture on loopback until ended."""
    parser = argparse.ArgumentParser(description="Serve the conformance suite's fixture tools.")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    app = build_http_app(build_fixture(), None, public_url=f"http://127.0.0.1:{port}")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
