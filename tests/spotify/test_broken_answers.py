"""Answers that break off, never come, or are too large; some over real sockets."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import anyio
import httpx2
import pytest
from starlette.responses import Response

from auxcord import errors
from auxcord.spotify.pacing import Gate
from auxcord.spotify.transport import Transport
from tests.spotify.upstream import API, Clock, Tokens, Trickle, Upstream, transport

pytestmark = pytest.mark.anyio


async def test_an_answer_larger_than_the_ceiling_is_refused_also_when_it_came_compressed() -> None:
    bomb = gzip.compress(b"0" * 9_000_000)
    for reply in (
        Response(b"0" * 9_000_000),
        Response(bomb, headers={"Content-Encoding": "gzip"}),
    ):
        upstream = Upstream(reply)
        with pytest.raises(errors.MalformedAnswerError, match="larger"):
            await transport(upstream).request(Tokens(), "GET", "/me")
        assert len(upstream.seen) == 1
        await transport(upstream).request(Tokens(), "PUT", "/me/player/pause", needs_answer=False)


class OneAnswer(httpx2.AsyncBaseTransport):
    """Gives one response again and again."""

    def __init__(self, make: Callable[[], httpx2.Response]) -> None:
        self.make = make
        self.count = 0

    async def handle_async_request(self, _request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        return self.make()


def over(wire: OneAnswer) -> Transport:
    clock = Clock()
    http = httpx2.AsyncClient(transport=wire)
    return Transport(http, api_url=API, gate=Gate(clock=clock, sleep=clock.sleep), sleep=clock.sleep)


async def test_a_body_that_breaks_off_is_read_again_but_a_change_is_not_repeated_for_it() -> None:
    wire = OneAnswer(lambda: httpx2.Response(200, stream=Trickle(b'{"half":')))
    with pytest.raises(errors.SpotifyUnavailableError):
        await over(wire).request(Tokens(), "GET", "/me")
    assert wire.count == 3

    wire.count = 0
    with pytest.raises(errors.AmbiguousWriteError, match="made the change"):
        await over(wire).request(Tokens(), "POST", "/me/playlists", json={})
    assert wire.count == 1
    assert await over(wire).request(Tokens(), "POST", "/me/player/next", needs_answer=False) is None


async def test_a_body_that_cannot_be_decompressed_counts_as_broken_off() -> None:
    wire = OneAnswer(
        lambda: httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=Trickle(b"no gzip"))
    )
    with pytest.raises(errors.SpotifyUnavailableError):
        await over(wire).request(Tokens(), "GET", "/me")


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _over_tcp(handler: Handler, method: str) -> type[BaseException] | None:
    """One request to a real server on loopback that behaves as the handler says."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clock = Clock()
    async with server, httpx2.AsyncClient(trust_env=False) as http:
        way = Transport(
            http,
            api_url=f"http://127.0.0.1:{port}/v1",
            gate=Gate(clock=clock, sleep=clock.sleep),
            sleep=clock.sleep,
        )
        try:
            await way.request(Tokens(), method, "/me/player/next")
        except errors.SpotifyError as failure:
            return type(failure)
    return None


async def test_over_real_sockets_a_connection_closed_after_the_request_is_doubtful() -> None:
    arrived = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        writer.close()

    assert await _over_tcp(hang_up, "POST") is errors.AmbiguousWriteError
    assert arrived == 1
    assert await _over_tcp(hang_up, "GET") is errors.SpotifyUnavailableError
    assert arrived == 4


async def test_over_real_sockets_half_a_body_is_not_an_answer() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    assert await _over_tcp(half, "GET") is errors.SpotifyUnavailableError


async def test_over_real_sockets_a_closed_port_is_certainly_not_reached() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    clock = Clock()
    async with httpx2.AsyncClient(trust_env=False) as http:
        way = Transport(http, api_url=f"http://127.0.0.1:{port}/v1", sleep=clock.sleep, clock=clock)
        with pytest.raises(errors.SpotifyUnavailableError, match="cannot be reached"):
            await way.request(Tokens(), "POST", "/me/player/next")
    assert len(clock.slept) == 2


async def test_a_cancelled_request_gives_its_place_back() -> None:
    class Never(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx2.Request) -> httpx2.Response:
            await anyio.sleep_forever()
            raise AssertionError

    way = Transport(httpx2.AsyncClient(transport=Never()), api_url=API)
    with anyio.move_on_after(0.01) as scope:
        await way.request(Tokens(), "GET", "/me")
    assert scope.cancelled_caught
    assert way.gate.status().running == 0
