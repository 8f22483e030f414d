"""What stands between a server and its Spotify: it lets requests pass, or answers some of them badly."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answering = Callable[["Front", asyncio.StreamWriter], Awaitable[None]]

GIGABYTE: Final = 1024**3
_BLOCK: Final = b" " * 65_536


class Front:
    """A proxy on a loopback port.

    Attributes:
        port: Where it listens.
        trouble: How requests are answered whose path begins like this, instead of passing.
        asked: When requests in trouble came, in seconds of the event loop, oldest first.
        sent: Bytes of body that the last endless answer got rid of.
    """

    def __init__(self, spotify: int) -> None:
        self._spotify = spotify
        self.port = 0
        self.trouble: tuple[str, Answering] | None = None
        self.asked: list[float] = []
        self.sent = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request of a connection, which ends with its answer."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            path = head.split(b" ", 2)[1].decode()
            if self.trouble is not None and path.startswith(self.trouble[0]):
                self.asked.append(asyncio.get_running_loop().time())
                await self.trouble[1](self, writer)
            else:
                await self._pass(head, body, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _pass(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        onward, spotify = await asyncio.open_connection("127.0.0.1", self._spotify)
        first, _, rest = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head).partition(b"\r\n")
        spotify.write(first + b"\r\nConnection: close\r\n" + rest + body)
        while block := await onward.read(65_536):
            writer.write(block)
            await writer.drain()
        spotify.close()
        await spotify.wait_closed()


@asynccontextmanager
async def fronted(spotify: int) -> AsyncIterator[Front]:
    """Listen until the block is left."""
    front = Front(spotify)
    server = await asyncio.start_server(front.serve, "127.0.0.1", 0)
    front.port = server.sockets[0].getsockname()[1]
    async with server:
        yield front


def answer(
    status: int, body: bytes | str = b"", *, kind: str = "application/json", **headers: str
) -> Answering:
    """Give this answer."""
    content = body.encode() if isinstance(body, str) else body
    named = {
        "Content-Type": kind,
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    async def answering(_front: Front, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nConnection: close\r\n{lines}\r\n".encode() + content)
        await writer.drain()

    return answering


def told(value: object) -> Answering:
    """Answer 200 with JSON."""
    return answer(200, json.dumps(value))


async def reset(_front: Front, writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    writer.transport.abort()


async def half(_front: Front, writer: asyncio.StreamWriter) -> None:
    """Announce more than comes."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"half":')
    await writer.drain()


async def gigabyte(front: Front, writer: asyncio.StreamWriter) -> None:
    """Send a gigabyte, if anybody takes it."""
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % GIGABYTE
    )
    front.sent = 0
    while front.sent < GIGABYTE:
        writer.write(_BLOCK)
        await writer.drain()
        front.sent += len(_BLOCK)


BOMB: Final = gzip.compress(bytes(GIGABYTE // 8), 9) * 8
"""A gigabyte of nothing in a megabyte: eight members, one after the other."""
bomb: Final = answer(200, BOMB, Content_Encoding="gzip")
