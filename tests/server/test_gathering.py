"""What is written in one step leaves as one piece, in order, and nothing is held back or lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from auxcord.server.gathering import AT_ONCE, GatheringTransport
from auxcord.server.listener import bind, port_of, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio


class Wire(asyncio.Transport):
    """A transport that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 100

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def gathering(wire: Wire) -> GatheringTransport:
    return GatheringTransport(wire, asyncio.get_running_loop())


async def test_head_and_body_leave_together_at_the_end_of_the_step(
    wire: Wire, gathering: GatheringTransport
) -> None:
    gathering.write(b"head ")
    gathering.write(b"")
    gathering.writelines([b"body", b"."])
    assert (wire.sent, gathering.get_write_buffer_size()) == ([], 110)
    await asyncio.sleep(0)
    assert (wire.sent, gathering.get_write_buffer_size()) == ([b"head body."], 100)
    gathering.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body.", b"next"]


async def test_much_leaves_at_once_so_that_a_client_that_does_not_take_it_is_noticed(
    wire: Wire, gathering: GatheringTransport
) -> None:
    gathering.write(b"head ")
    gathering.write(b"x" * AT_ONCE)
    assert wire.sent == [b"head " + b"x" * AT_ONCE]
    await asyncio.sleep(0)
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("end", "sent"), [("close", [b"last words"]), ("abort", [])])
async def test_who_closes_says_what_was_to_be_said_and_who_aborts_does_not(
    wire: Wire, gathering: GatheringTransport, end: str, sent: list[bytes]
) -> None:
    gathering.write(b"last words")
    getattr(gathering, end)()
    assert (wire.sent, bool(wire.ended)) == (sent, True)
    await asyncio.sleep(0)
    assert wire.sent == sent


async def test_a_stream_is_not_held_back_until_it_ends() -> None:
    arrived = asyncio.Event()

    async def words() -> AsyncIterator[str]:
        yield "first"
        await arrived.wait()  # for ever, if the first word does not leave before the second
        yield "second"

    async def stream(_request: object) -> StreamingResponse:
        return StreamingResponse(words())

    listener, heard = bind("127.0.0.1", 0), []
    async with (
        serving(Starlette(routes=[Route("/", stream)]), listener),
        asyncio.timeout(10),
        httpx2.AsyncClient(trust_env=False) as http,
        http.stream("GET", f"http://127.0.0.1:{port_of(listener)}/") as answer,
    ):
        async for word in answer.aiter_text():
            heard.append(word)
            arrived.set()
    assert heard == ["first", "second"]


async def test_a_large_answer_arrives_whole() -> None:
    text = "0123456789" * 100_000

    async def large(_request: object) -> PlainTextResponse:
        return PlainTextResponse(text)

    listener = bind("127.0.0.1", 0)
    async with (
        serving(Starlette(routes=[Route("/", large)]), listener),
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        answer = await http.get(f"http://127.0.0.1:{port_of(listener)}/")
    assert answer.text == text
