"""Sign in as one person and lend the token: a loopback address that adds it to whatever is sent there.

For programs that cannot sign in, such as the conformance suite, so that they meet the real server:

    python tests/clients/bearer.py --url http://127.0.0.1:8000/mcp --person ada   # prints the address to use

Requests pass through byte for byte but for two header lines: the bearer token, and `Connection: close`, which
makes every connection carry one request only.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.streams.buffered import BufferedByteReceiveStream
from journey import say
from python_sdk import Memory, sign_in_auth

from browser import Browser, Wishes

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream, ByteSendStream, SocketStream

HEAD_BYTES = 65_536
GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


async def token_for(url: str, person: str) -> str:
    """A fresh access token: discovery, registration, consent and sign-in by the official Python SDK."""
    kept = Memory()
    async with (
        Browser(Wishes(person)) as browser,
        httpx2.AsyncClient(auth=sign_in_auth(url, "Bearer check", kept, browser), trust_env=False) as http,
    ):
        await http.post(url, json={}, headers={"Accept": "application/json, text/event-stream"})
    if kept.tokens is None:
        raise RuntimeError("the server asked for no sign-in, so there is no token to lend")
    return kept.tokens.access_token


def with_token(head: bytes, token: str) -> bytes:
    """A request's head with the token, and for one request only. A token already there stays."""
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    if not any(line.lower().startswith(b"authorization:") for line in kept):
        kept.append(f"Authorization: Bearer {token}".encode())
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


async def _copy(source: ByteReceiveStream, target: ByteSendStream) -> None:
    """Copy until either side hangs up; there is nobody to tell then."""
    try:
        async for chunk in source:
            await target.send(chunk)
    except GONE:
        return


class Lender:
    """Answers connections by passing them on with the token."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port, self._token = host, port, token

    async def serve(self, near: SocketStream) -> None:
        """Pass one request and its answer through."""
        incoming = BufferedByteReceiveStream(near)
        async with near:
            try:
                head = await incoming.receive_until(b"\r\n\r\n", HEAD_BYTES)
            except (*GONE, anyio.IncompleteRead):
                return
            async with await anyio.connect_tcp(self._host, self._port) as far:
                await far.send(with_token(head, self._token))
                async with anyio.create_task_group() as both:
                    both.start_soon(_copy, incoming, far)
                    await _copy(far, near)
                    both.cancel_scope.cancel()


async def lend(url: str, person: str, port: int) -> None:
    """Sign in, print the address, and serve until ended."""
    target = urlsplit(url)
    lender = Lender(target.hostname or "", target.port or 80, await token_for(url, person))
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    bound = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - anyio's word, not Django's
    say(f"http://127.0.0.1:{bound}{target.path}")
    await listener.serve(lender.serve)


def main() -> int:
    """Lend one person's token until ended."""
    parser = argparse.ArgumentParser(description="Sign in as a person and add their token to requests.")
    parser.add_argument("--url", required=True, help="the server, such as http://127.0.0.1:8000/mcp")
    parser.add_argument("--person", default="ada")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    anyio.run(lend, asked.url, asked.person, asked.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
