"""MCP Inspector's command line against a running server, in both protocol revisions.

Every call is a program of its own, as in a shell script; the first one signs in, the others find its tokens
in the person's home.

    python tests/clients/inspector_cli.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from journey import Answer, Person, Setting, main
from programs import NODE_BIN, Home, home_of, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERAS = {"2026-07-28": "modern", "2025-11-25": "legacy"}
CALL_SECONDS = 30.0
TOOL_REFUSED = 5  # the Inspector's exit status for a result that says isError


class Seat:
    """The Inspector in one person's home."""

    def __init__(self, url: str, era: str, home: Home) -> None:
        server = ["--server-url", url, "--transport", "http", "--protocol-era", ERAS[era]]
        self._command = [str(NODE_BIN / "mcp-inspector"), "--cli", *server, "--format", "json"]
        self._home = home

    async def _result(self, *arguments: str) -> dict[str, Any]:
        outcome = await run([*self._command, *arguments], self._home.environment, seconds=CALL_SECONDS)
        if outcome.status not in {0, TOOL_REFUSED}:
            said = f"{outcome.err}\n{outcome.out}\n{self._home.browser_said}"
            raise RuntimeError(f"the Inspector ended with {outcome.status}: {said[-3000:]}")
        result: dict[str, Any] = json.loads(outcome.out)["result"]
        return result

    async def age(self) -> None:
        """Nothing to do: it learns from the server that its token has run out."""

    async def tools(self) -> list[str]:
        """The tools; `--strict` fails on an input schema that some host could not read."""
        return [tool["name"] for tool in (await self._result("--method", "tools/list", "--strict"))["tools"]]

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        given = ["--tool-name", tool, "--tool-args-json", json.dumps(arguments)]
        result = await self._result("--method", "tools/call", *given)
        text = "\n".join(block["text"] for block in result["content"] if block["type"] == "text")
        return Answer(text, result.get("isError", False))


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Seat]:
    """A home for one person; the first call signs in."""
    with home_of(person.handle, MCP_AUTO_OPEN_ENABLED="true", MCP_INSPECTOR_SECRET_STORE="file") as home:
        yield Seat(setting.url, era, home)


if __name__ == "__main__":
    sys.exit(main("inspector_cli", tuple(ERAS), open_client))
