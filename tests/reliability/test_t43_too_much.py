"""T43: whoever sends too much is refused early, and the server's memory does not notice

A real server process and raw sockets, so that nothing in between tidies up what is sent. The bar: bodies over
the limit, endless ones, compressed bombs, JSON a thousand levels deep and ten thousand headers are answered
with 413, 400, 415 or 431 (or cut off), memory grows by less than 50 MB, and an honest caller is served after
each.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
from typing import TYPE_CHECKING, Final

import pytest

from bench.processes import resident_bytes
from bench.raw import call_request
from tests.people import enrol
from tests.replicas import PUBLIC_URL, replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

BAR: Final = 4 * 1024 * 1024
"""Ours is a quarter of what the bar asks for."""
FORM_LIMIT: Final = 64 * 1024
BLOCK: Final = 64 * 1024
REFUSED: Final = {400, 413, 415, 431}
CUT: Final = 0
"""The server closed the connection without an answer, or before it could be read."""
ENDLESS: Final = 64 * BAR
"""More than this nobody may make the server read: the test ends there."""
HOST: Final = PUBLIC_URL.removeprefix("http://")


FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
JSON: Final = ("Content-Type", "application/json")
CHUNKED: Final = ("Transfer-Encoding", "chunked")


def long(size: int) -> tuple[str, str]:
    """The header that announces a body of so many bytes."""
    return "Content-Length", str(size)


def head(path: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def to_mcp(person: Person, *more: tuple[str, str]) -> bytes:
    """The head of an authenticated call."""
    given, _ = call_request("get_account", {}, person.access)
    return head("/mcp", [*given.items(), JSON, *more])


def blocks(total: int) -> Iterator[bytes]:
    for _ in range(0, total, BLOCK):
        yield b" " * BLOCK


def chunks(total: int) -> Iterator[bytes]:
    for block in blocks(total):
        yield b"%x\r\n%s\r\n" % (len(block), block)


async def send(server: Program, start: bytes, body: Iterable[bytes] = ()) -> tuple[int, int]:
    """Send a request; returns the status of the answer (or CUT), and how many bytes of the body went out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    sent = 0
    answer = asyncio.create_task(reader.read(4096))
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(start)
            await writer.drain()
            for block in body:
                if answer.done():
                    break
                writer.write(block)
                await writer.drain()
                sent += len(block)
        with contextlib.suppress(ConnectionError):
            match = re.match(rb"HTTP/1\.1 (\d{3}) ", await asyncio.wait_for(answer, 30))
            return (int(match[1]) if match else CUT), sent
        return CUT, sent
    finally:
        answer.cancel()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def bomb() -> bytes:
    """64 MB of JSON at a thousandth of the size."""
    return gzip.compress(b'{"a":"' + b"x" * (64 * 1024 * 1024) + b'"}', compresslevel=9)


def deep(levels: int) -> bytes:
    _, body = call_request("get_account", {}, None)
    text = json.dumps(body)
    nested = '{"a":' * levels + "1" + "}" * levels
    return text.replace('"arguments": {}', f'"arguments": {nested}').encode()


Attack = tuple[str, "Callable[[Person], tuple[bytes, Iterable[bytes]]]"]


ATTACKS: Final[tuple[Attack, ...]] = (
    ("a body one byte too long", lambda ada: (to_mcp(ada, long(BAR + 1)), blocks(BAR + 1))),
    ("a body announced as a terabyte", lambda ada: (to_mcp(ada, long(10**12)), blocks(ENDLESS))),
    ("chunks without end", lambda ada: (to_mcp(ada, CHUNKED), chunks(ENDLESS))),
    ("a form without end", lambda _: (head("/token", [FORM, CHUNKED]), chunks(ENDLESS))),
    (
        "a registration too long",
        lambda _: (head("/register", [JSON, long(FORM_LIMIT + 1)]), blocks(FORM_LIMIT + 1)),
    ),
    (
        "a compressed bomb",
        lambda ada: (to_mcp(ada, ("Content-Encoding", "gzip"), long(len(BOMB))), [BOMB]),
    ),
    ("JSON ten thousand levels deep", lambda ada: (to_mcp(ada, long(len(DEEP))), [DEEP])),
    ("ten thousand headers", lambda ada: (to_mcp(ada, *((f"X-{n}", "x") for n in range(10_000))), [])),
    ("a header of a megabyte", lambda ada: (to_mcp(ada, ("X-Long", "x" * 1024 * 1024)), [])),
    ("an address of a megabyte", lambda _: (head("/mcp?" + "x" * 1024 * 1024, []), [])),
)
BOMB: Final = bomb()
DEEP: Final = deep(10_000)


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        yield house


async def test_too_much_is_refused_and_leaves_memory_as_it_was(house: Replicas, figures: Figures) -> None:
    (server,) = house.all
    (ada,) = await enrol(house, 1)
    assert (await ada.call("get_account")).works
    before = most = resident_bytes(server.pid)
    read = 0
    wrong = []
    for name, attack in ATTACKS:
        start, body = attack(ada)
        status, sent = await send(server, start, body)
        read = max(read, sent)
        most = max(most, resident_bytes(server.pid))
        if status not in REFUSED | {CUT}:
            wrong.append((name, status))
        assert (await ada.call("get_account")).works, name
    # Many at once: what is refused one at a time must not add up either.
    start, _ = ATTACKS[2][1](ada)
    together = await asyncio.gather(*(send(server, start, chunks(2 * BAR)) for _ in range(16)))
    most = max(most, resident_bytes(server.pid))
    wrong += [("many at once", status) for status, _ in together if status not in REFUSED | {CUT}]
    assert (await ada.call("get_account")).works
    assert "Traceback" not in house.logs()
    figures.count("kinds of too much", len(ATTACKS) + 1)
    figures.count("of those, not refused", len(wrong), "== 0")
    figures.measure("megabytes read of the longest body", read / 1e6, "<= 16")
    figures.measure("megabytes of memory more", (most - before) / 1e6, "< 50")
