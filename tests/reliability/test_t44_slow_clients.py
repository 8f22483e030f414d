"""T44: clients that send or read as slowly as they can are dropped, and others do not wait for them

A real server process, a thousand connections at once: some send half a header, some a body a byte at a time,
some ask and never read. The bar: all are dropped within the deadline of 15 s and what it takes to notice, and
honest calls are answered meanwhile; how long these take is measured against what they take without.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import time
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Final

import pytest

from auxcord.server.deadlines import DeadlineProtocol
from tests.people import enrol
from tests.replicas import PUBLIC_URL, replicas

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.people import Person

pytestmark = [pytest.mark.anyio, pytest.mark.server, pytest.mark.timeout(180)]

EACH: Final = 334
HOST: Final = PUBLIC_URL.removeprefix("http://")
HALF_A_HEADER: Final = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode()
HALF_A_BODY: Final = (
    f"POST /token HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 1000\r\n\r\n"
).encode()
NEVER_READ: Final = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 16
"""Their answers fill every buffer on the way."""
SPARE: Final = 5
"""Connections of honest callers that may be open too."""
LATEST: Final = 4 * DeadlineProtocol.seconds
"""A test has to end; the bar is far below."""


async def linger(port: int, request: bytes, drip: bytes, over: asyncio.Event) -> None:
    """Connect, send, and go on as slowly as allowed, until it is over or the server does not let us."""
    loop = asyncio.get_running_loop()
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.settimeout(0)
        with contextlib.suppress(OSError):
            await loop.sock_connect(wire, ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError):  # who reads nothing soon can send no more either
                await asyncio.wait_for(loop.sock_sendall(wire, request), 1)
            while drip and not over.is_set():
                await asyncio.sleep(1)
                wire.send(drip)
        await over.wait()  # the connection stays open on our side, whatever the server does


def connections(pid: int) -> int:
    """How many sockets a process holds (Linux)."""
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.append(str(entry.readlink()))
    return sum(name.startswith("socket:") for name in names)


async def honest(ada: Person, calls: int) -> list[float]:
    """Make calls; returns how long each took.

    Raises:
        AssertionError: One failed.
    """
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        answer = await ada.call("list_devices")
        times.append(time.perf_counter() - began)
        assert not answer.is_error, answer.text
        await asyncio.sleep(0.02)
    return times


async def test_a_thousand_slow_clients_are_dropped_and_nobody_waits_for_them(figures: Figures) -> None:
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        async with replicas(1) as house:
            (ada,) = await enrol(house, 1)
            alone = await honest(ada, 200)
            server, over = house.all[0], asyncio.Event()
            before = connections(server.pid)
            kinds = ((HALF_A_HEADER, b"x"), (HALF_A_BODY, b"x"), (NEVER_READ, b""))
            slow = [
                asyncio.create_task(linger(server.port, request, drip, over))
                for request, drip in kinds
                for _ in range(EACH)
            ]
            began = time.monotonic()
            await asyncio.sleep(4)
            most_held = connections(server.pid) - before
            beside = await honest(ada, 200)
            held = most_held
            while held > SPARE and time.monotonic() - began < LATEST:
                await asyncio.sleep(0.5)
                held = connections(server.pid) - before
            took = time.monotonic() - began
            over.set()
            await asyncio.gather(*slow)
            after = await honest(ada, 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    assert len(after) == 5
    figures.count("slow connections", len(slow), ">= 1000")
    figures.measure("held by the server at the same time", most_held, ">= 900")
    figures.measure("of those, still held at the end", held, f"<= {SPARE}")
    figures.measure("seconds until the last was dropped", took)
    figures.measure("p99 of honest calls meanwhile, against before", _p99(beside) / _p99(alone))


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]
