"""FastMCP's client (`fastmcp.Client` with `auth="oauth"`) against a running server, in both revisions.

The client is left as it is: it registers itself, opens the system's web browser, and listens for the answer.
Only the web browser is ours, registered with the standard library as any other would be.

    python tests/clients/fastmcp_client.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

os.environ.setdefault("FASTMCP_CHECK_FOR_UPDATES", "off")
os.environ.setdefault("FASTMCP_LOG_LEVEL", "WARNING")

import anyio
from fastmcp import Client
from fastmcp.client.auth import OAuth
from journey import Answer, Person, Setting, main
from key_value.aio.stores.memory import MemoryStore

from browser import Wishes, open_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERAS = {"2026-07-28": "auto", "2025-11-25": "legacy"}


class Window(webbrowser.BaseBrowser):
    """A web browser in which the person wanted signs in."""

    def __init__(self, person: Person) -> None:
        super().__init__(f"browser of {person.handle}")
        self._wishes = Wishes(person.handle)

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - the standard library's signature
        threading.Thread(target=anyio.run, args=(open_page, url, self._wishes), daemon=True).start()
        return True


class Seat:
    """FastMCP's client, signed in as one person."""

    def __init__(self, client: Client[Any], auth: OAuth) -> None:
        self._client = client
        self._auth = auth

    async def age(self) -> None:
        self._auth.context.token_expiry_time = time.time() - 1

    async def tools(self) -> list[str]:
        return [tool.name for tool in await self._client.list_tools()]

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        result = await self._client.call_tool(tool, arguments, raise_on_error=False)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return Answer(text, result.is_error)


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Seat]:
    """Register, sign in and connect as one person."""
    webbrowser.register("person", None, Window(person), preferred=True)
    auth = OAuth(client_name=f"FastMCP check ({person.handle})", token_storage=MemoryStore())
    async with Client(setting.url, auth=auth, mode=ERAS[era], timeout=30) as client:
        spoken = client.protocol_version
        if spoken != era:
            raise RuntimeError(f"asked for {era}, the server speaks {spoken}")
        yield Seat(client, auth)


if __name__ == "__main__":
    sys.exit(main("fastmcp_client", tuple(ERAS), open_client))
