"""Listening: a busy port is one sentence, and leaving the block ends the server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from auxcord.errors import AddressInUseError
from auxcord.server.headers import ALWAYS
from auxcord.server.listener import bind, port_of, serving

if TYPE_CHECKING:
    from starlette.websockets import WebSocket


def app() -> Starlette:
    async def greet(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    here = Route("/", lambda _request: PlainTextResponse("here"), methods=["GET", "POST"])
    return Starlette(routes=[here, WebSocketRoute("/", greet)])


async def told(port: int, *sent: bytes) -> bytes:
    """All that is answered on one connection to these pieces, each sent when the one before was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        answer = b""
        for piece in sent[:-1]:
            writer.write(piece)
            answer += await reader.readuntil(b"\r\n\r\n")
        writer.write(sent[-1])
        answer += await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer


@pytest.mark.anyio
async def test_an_application_is_served_until_the_block_is_left() -> None:
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port_of(listener)}/"
    async with httpx2.AsyncClient(trust_env=False) as http:
        async with serving(app(), listener):
            answer = await http.get(url)
        assert (answer.text, "server" in answer.headers) == ("here", False)
        with pytest.raises(httpx2.ConnectError):
            await http.get(url)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_with_the_headers_of_every_other_answer(sent: bytes) -> None:
    listener = bind("127.0.0.1", 0)
    async with serving(app(), listener):
        head, _, body = (await told(port_of(listener), sent)).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[0], body) == ("HTTP/1.1 400 Bad Request", b"Bad Request")
    for name, value in ALWAYS.items():
        assert f"{name}: {value}" in lines


@pytest.mark.anyio
async def test_what_stops_being_http_when_it_was_answered_already_ends_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = bind("127.0.0.1", 0)
    begun = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(app(), listener):
        answer = await told(port_of(listener), begun, b"no chunk\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["x", "dGhlIHNhbXBsZSBub25jZQ=="])
async def test_nobody_gets_a_websocket(key: str) -> None:
    listener = bind("127.0.0.1", 0)
    asked = (
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    async with serving(app(), listener):
        answer = await told(port_of(listener), asked.encode())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"here")


def test_a_busy_port_is_one_sentence_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(AddressInUseError, match="is in use") as caught:
        bind("127.0.0.1", port_of(first))
    assert "--port" in caught.value.advice


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(AddressInUseError, match=r"Cannot listen on 192\.0\.2\.1"):
        bind("192.0.2.1", 0)
