"""The memory of a server with ten thousand people who use it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from bench.figures import Figures
from bench.processes import resident_bytes
from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from tests.people import Person

PEOPLE: Final = 10_000
SHORT: Final = 2_000
BAR: Final = "<= 150"
_AT_ONCE: Final = 16
_MEGABYTE: Final = 1e6


async def measure(*, short: bool) -> dict[str, float]:
    """Resident megabytes of `auxcord serve` before anybody came, and after everybody has called twice.

    Everybody is linked, has tokens of their own, and asks twice for their account. The server asks Spotify as
    often as its pace allows, 600 times in half a minute, and tells the others so. The short form has two
    thousand people.
    """
    count = SHORT if short else PEOPLE
    async with replicas(0) as house:
        people = await enrol(house, count)
        server = await house.add(fresh=True)
        before = resident_bytes(server.pid) / _MEGABYTE
        began = time.perf_counter()
        await _use(people)
        taken = time.perf_counter() - began
        after = resident_bytes(server.pid) / _MEGABYTE
    figures = Figures("bench/memory.py", "A server with ten thousand people in use stays small")
    what = f"resident memory with {count:,} people in use, MB"
    figures.measure("resident memory before anybody came, MB", before)
    figures.measure(what, after, BAR)
    return {
        "resident memory before anybody came, MB": before,
        f"{what} (budget 150)": after,
        f"calls/s, {_AT_ONCE} callers": 2 * count / taken,
    }


async def _use(people: list[Person]) -> None:
    """Let everybody call twice, a few at a time."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def call(person: Person) -> None:
        async with turns:
            answer = await person.call("get_account")
            assert "Person" in answer.text, answer.text

    for _ in range(2):
        await asyncio.gather(*(call(person) for person in people))
