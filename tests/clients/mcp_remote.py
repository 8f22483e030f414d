"""`mcp-remote`, the bridge that stdio-only hosts use, between a stdio client and a running server.

It registers itself, opens the browser, listens for the answer, and passes messages on. Its client speaks
2025-11-25 to it; to the server it speaks the same, or with `--protocol auto` 2026-07-28.

    python tests/clients/mcp_remote.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from journey import Answer, Person, Setting, main
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from programs import NODE_BIN, Home, home_of
from python_sdk import Seat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

ERAS = {"2025-11-25": "legacy", "2026-07-28": "auto"}
SAID_WHEN_MODERN = "speaks MCP 2026-07-28"


def demand_era(era: str, said: str) -> None:
    """See from what the bridge said that it speaks the revision asked for."""
    if (SAID_WHEN_MODERN in said) != (ERAS[era] == "auto"):
        raise RuntimeError(f"asked for {era}, mcp-remote speaks another revision")


class Bridge:
    """A host's connection through the bridge; as hosts do, it starts the bridge again when that has ended.

    Args:
        start: Starts the bridge in the person's home, where its tokens are kept.
    """

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Seat]]) -> None:
        self._start = start
        self._stack = AsyncExitStack()
        self._seat: Seat | None = None

    async def age(self) -> None:
        """Nothing to do: it learns from the server that its token has run out."""

    async def tools(self) -> list[str]:
        return await (await self._started()).tools()

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        seat = await self._started()
        try:
            return await seat.call(tool, arguments)
        except Exception:  # noqa: BLE001 - whatever a bridge that has ended makes of the call
            await self.close()
            return await (await self._started()).call(tool, arguments)

    async def close(self) -> None:
        """End the bridge."""
        self._seat = None
        await self._stack.aclose()

    async def _started(self) -> Seat:
        if self._seat is None:
            self._seat = await self._stack.enter_async_context(self._start())
        return self._seat


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Bridge]:
    """Start the bridge in a home of its own; the first message makes it sign in."""
    with home_of(person.handle) as home:
        bridge = Bridge(lambda: bridged(setting, era, home))
        try:
            yield bridge
        finally:
            await bridge.close()


@asynccontextmanager
async def bridged(setting: Setting, era: str, home: Home) -> AsyncIterator[Seat]:
    """Start the bridge."""
    options = ["--allow-http", "--auth-timeout", "30", "--protocol", ERAS[era]]
    program = StdioServerParameters(
        command=str(NODE_BIN / "mcp-remote"),
        args=[setting.url, *options],
        env=home.environment,
        cwd=home.folder,
    )
    diary = home.folder / "mcp-remote.log"
    try:
        with diary.open("w") as errors:
            transport = stdio_client(program, errlog=errors)
            async with Client(transport, mode="legacy", read_timeout_seconds=40) as client:
                demand_era(era, diary.read_text())
                yield Seat(client)
    except BaseException:
        sys.stderr.write(f"{diary.read_text()[-3000:]}\n{home.browser_said}\n")
        raise


if __name__ == "__main__":
    sys.exit(main("mcp_remote", tuple(ERAS), open_client))
