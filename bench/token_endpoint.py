"""A token endpoint on loopback that answers at once, so that only our own work is measured."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TokenEndpoint(asyncio.Protocol):
    """One connection: whatever is posted is answered with a new access token."""

    issued = 0

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has arrived as a whole."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head, rest = self._read[:end].lower(), self._read[end + 4 :]
            size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(rest) < size:
                return
            self._read = rest[size:]
            self._transport.write(_answer())


def _answer() -> bytes:
    TokenEndpoint.issued += 1
    token = {
        "access_token": f"access-{TokenEndpoint.issued}",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "user-read-private",
    }
    body = json.dumps(token).encode()
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


@asynccontextmanager
async def token_endpoint() -> AsyncIterator[str]:
    """Answer until the block is left; yields the address."""
    server = await asyncio.get_running_loop().create_server(TokenEndpoint, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
