"""Half-sent requests on a real socket: their connections are closed in time, and nobody else's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from auxcord.server.deadlines import DeadlineProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

pytestmark = [pytest.mark.anyio, pytest.mark.server]

ASK = b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Quick(DeadlineProtocol):
    seconds = 0.2


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def slow(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            yield part

    return StreamingResponse(parts())


@asynccontextmanager
async def serving(protocol: type[DeadlineProtocol]) -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"]), Route("/slow", slow)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=protocol, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        ASK + b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
    ],
)
async def test_a_request_that_never_ends_loses_its_connection(beginning: bytes) -> None:
    async with serving(Quick) as port:
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for _, writer in connections:
            writer.write(beginning)
        async with asyncio.timeout(10):
            for reader, _ in connections:
                await reader.read()
        for _, writer in connections:
            writer.close()


async def test_a_request_that_is_complete_may_take_its_time_and_be_followed_by_others() -> None:
    async with serving(DeadlineProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(ASK)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head
            assert await reader.readuntil(b"0\r\n\r\n") == b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"
        writer.close()
