"""The official TypeScript SDK against a running server: 2.x in both protocol revisions, and 1.x.

The SDK runs in a Node program of its own (typescript_sdk.mjs), as an application would embed it.

    python tests/clients/typescript_sdk.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream
from journey import Answer, Person, Setting, main
from programs import HERE, NODE_BIN, end, home_of

from browser import Browser, Wishes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERAS = {
    "2026-07-28": "v2-modern",
    "2025-11-25": "v2-legacy",
    "2025-11-25 (SDK 1.x)": "v1",
}
LINE_SECONDS = 30.0
LINE_BYTES = 1_000_000


class Seat:
    """The SDK in a Node program of its own, spoken to in lines of JSON."""

    def __init__(self, process: anyio.abc.Process, person: Person) -> None:
        self._person = person
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the Node program has no pipes")
        self._to = process.stdin
        self._from = BufferedByteReceiveStream(process.stdout)

    async def say(self, message: dict[str, Any]) -> None:
        await self._to.send(json.dumps(message).encode() + b"\n")

    async def age(self) -> None:
        """Nothing to do: it learns from the server that its token has run out."""

    async def hear(self) -> dict[str, Any]:
        """Hear what the program says; when it wants a page visited, visit it and hear on."""
        heard = await self._line()
        if "visit" in heard:
            async with Browser(Wishes(self._person.handle)) as browser:
                await self.say({"back": await browser.sign_in(heard["visit"])})
            heard = await self._line()
        return heard

    async def _line(self) -> dict[str, Any]:
        with anyio.fail_after(LINE_SECONDS):
            heard: dict[str, Any] = json.loads(await self._from.receive_until(b"\n", LINE_BYTES))
        return heard

    async def tools(self) -> list[str]:
        await self.say({"list": True})
        names: list[str] = (await self.hear())["tools"]
        return names

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        await self.say({"call": tool, "arguments": arguments})
        result = await self.hear()
        return Answer(result["text"], result["refused"])


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Seat]:
    """Start the SDK's program and sign in."""
    program = [str(NODE_BIN / "node"), str(HERE / "typescript_sdk.mjs")]
    command = [*program, str(NODE_BIN.parents[1]), ERAS[era], setting.url, person.handle]
    with home_of(person.handle) as home:
        async with await anyio.open_process(
            command, env=home.environment, stdin=subprocess.PIPE, stderr=None, start_new_session=True
        ) as process:
            try:
                seat = Seat(process, person)
                spoken = str((await seat.hear())["speaks"])
                if spoken != era[:10]:
                    raise RuntimeError(f"asked for {era}, spoke {spoken}")
                yield seat
            finally:
                end(process)


if __name__ == "__main__":
    sys.exit(main("typescript_sdk", tuple(ERAS), open_client))
