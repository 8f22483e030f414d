"""`mcp-remote`, the bridge that stdio-only hosts use, between a stdio client and a running server.

It registers itself, opens the browser, listens for the answer, and passes messages on. Its client speaks
2025-11-25 to it; to the server it speaks the same, or with `--protocol auto` 2026-07-28.

    python tests/clients/mcp_remote.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from journey import Person, Setting, main
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from programs import NODE_BIN, home_of
from python_sdk import Seat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERAS = {"2025-11-25": "legacy", "2026-07-28": "auto"}
SAID_WHEN_MODERN = "speaks MCP 2026-07-28"


def demand_era(era: str, said: str) -> None:
    """See from what the bridge said that it speaks the revision asked for."""
    if (SAID_WHEN_MODERN in said) != (ERAS[era] == "auto"):
        raise RuntimeError(f"asked for {era}, mcp-remote speaks another revision")


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Seat]:
    """Start the bridge in a home of its own; the first message makes it sign in."""
    with home_of(person.handle) as home:
        options = ["--allow-http", "--auth-timeout", "30", "--protocol", ERAS[era]]
        bridge = StdioServerParameters(
            command=str(NODE_BIN / "mcp-remote"),
            args=[setting.url, *options],
            env=home.environment,
            cwd=home.folder,
        )
        diary = home.folder / "mcp-remote.log"
        try:
            with diary.open("w") as errors:
                transport = stdio_client(bridge, errlog=errors)
                async with Client(transport, mode="legacy", read_timeout_seconds=40) as client:
                    demand_era(era, diary.read_text())
                    yield Seat(client)
        except BaseException:
            sys.stderr.write(f"{diary.read_text()[-3000:]}\n{home.browser_said}\n")
            raise


if __name__ == "__main__":
    sys.exit(main("mcp_remote", tuple(ERAS), open_client))
