"""The key ring's key is changed for a hundred thousand people while servers serve, and no call fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import statistics
import time
from itertools import cycle
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx2

from auxcord.server.assembly import Parts
from auxcord.server.settings import Settings
from auxcord.store import Store
from auxcord.vault import KeyRing, Rotation
from bench.figures import Figures
from bench.people import fill
from tests.cli.programs import started
from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.people import Person
    from tests.replicas import Replicas

PEOPLE: Final = 100_000
SHORT: Final = 20_000
BAR: Final = ">= 10000"
_TITLE: Final = "The key is changed for a hundred thousand people while servers serve, and no call fails"
_SERVERS: Final = 2
_CALLERS: Final = 12
_EACH: Final = 10
"""People a caller calls for in turns, so that their data keys are seldom among those remembered."""
_EVERY: Final = 0.5
"""Seconds between two calls of a caller: more would use up the pace that the servers keep towards Spotify."""


class _Call(NamedTuple):
    """Whether it got the answer that it should, and the seconds it took."""

    works: bool
    seconds: float


class _Command(NamedTuple):
    """What `auxcord keys rotate` said, and the seconds until it had ended."""

    moved: int
    own_seconds: float
    seconds: float


async def measure(*, short: bool) -> dict[str, float]:
    """Keys moved per second by `auxcord keys rotate`, and what calls to two servers meet meanwhile.

    Every call opens a person's sealed link and asks the simulated Spotify; everybody's first also refreshes
    the access token and seals it, for which it needs its turn to write. The short form has twenty thousand
    people. The command's own seconds leave out the start of the interpreter and the imports.
    """
    count = SHORT if short else PEOPLE
    async with replicas(0) as house:
        old, new = house.key, KeyRing.new_key()
        await _fill(house, count)
        people = await enrol(house, _CALLERS * _EACH, expired=True)
        house.environment["AUXCORD_ENCRYPTION_KEYS"] = f"{new},{old}"
        for _ in range(_SERVERS):
            await house.add()
        calls, command = await _rotate_while_called(house, people)
        refreshed = len(await house.simulator.refreshes())
        left = await _left_under(house, [new, old])
        house.environment["AUXCORD_ENCRYPTION_KEYS"] = new
        await _serve_with_the_new_key_alone(house, people)
    return _told(count, calls, command, left=left, refreshed=refreshed)


async def _fill(house: Replicas, count: int) -> None:
    settings = Settings.load(house.environment)
    empty = Parts.of(settings, settings.keys)
    await empty.open()  # makes the index key, without which nobody can be enrolled
    await empty.close()
    await fill(house.database, house.key, count)


async def _rotate_while_called(house: Replicas, people: Sequence[Person]) -> tuple[list[_Call], _Command]:
    """Call from before the command begins until it has ended."""
    over = asyncio.Event()
    callers = [asyncio.create_task(_call_until(over, people[first::_CALLERS])) for first in range(_CALLERS)]
    await asyncio.sleep(2 * _EVERY)
    command = await _rotate(house)
    over.set()
    return [call for caller in callers for call in await caller], command


async def _call_until(over: asyncio.Event, people: Sequence[Person]) -> list[_Call]:
    calls = []
    for person in cycle(people):
        began = time.perf_counter()
        try:
            works = (await person.call("get_account")).works
        except httpx2.TransportError:
            works = False
        calls.append(_Call(works, time.perf_counter() - began))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), _EVERY)
        if over.is_set():
            break
    return calls


async def _rotate(house: Replicas) -> _Command:
    began = time.perf_counter()
    async with started(house.environment, "keys", "rotate") as process:
        _, err = await process.communicate()
    taken = time.perf_counter() - began
    said = re.search(r"Moved (\d+) stored keys to \w+ in ([\d.]+) s; 0 remain", err.decode())
    assert process.returncode == 0, err.decode()
    assert said is not None, err.decode()
    return _Command(int(said[1]), float(said[2]), taken)


async def _left_under(house: Replicas, keys: Sequence[str]) -> int:
    """How many stored keys are not under the first of the keys."""
    ring, store = KeyRing.of(keys), Store(house.database_url)
    await store.open()
    counts = await Rotation(store, ring).counts()
    await store.close()
    return sum(count for key_id, count in counts.items() if key_id != ring.ids[0])


async def _serve_with_the_new_key_alone(house: Replicas, people: Sequence[Person]) -> None:
    """See that all who called are served, and that everybody's key opens."""
    server = await house.add()
    for person in people[::_CALLERS]:
        answer = await person.call("get_account", to=server)
        assert answer.works, answer.text
    async with started(house.environment, "keys", "check") as process:
        _, err = await process.communicate()
    assert (process.returncode, "Every stored key opens." in err.decode()) == (0, True), err.decode()


def _told(
    count: int, calls: Sequence[_Call], command: _Command, *, left: int, refreshed: int
) -> dict[str, float]:
    assert command.moved > count
    took = sorted(call.seconds * 1000 for call in calls)
    failed = sum(not call.works for call in calls)
    rate, whole = command.moved / command.own_seconds, command.moved / command.seconds
    figures = Figures("bench/rotation.py", _TITLE)
    figures.count(f"{count:,} people: stored keys under the old key afterwards", left, "== 0")
    figures.count("calls that failed meanwhile", failed, "== 0")
    figures.measure("calls to two servers meanwhile", len(calls), f">= {_CALLERS}")
    figures.measure("calls to two servers meanwhile, those that sealed a new access token", refreshed, ">= 1")
    figures.measure(f"keys moved per second, {count:,} people", rate, BAR)
    figures.measure(f"keys moved per second with the start of the command, {count:,} people", whole)
    figures.measure("milliseconds of a call meanwhile, median", statistics.median(took))
    figures.measure("milliseconds of the longest call meanwhile", took[-1])
    return {
        f"keys moved/s, {count:,} people (budget 10,000)": rate,
        "keys moved/s, start of the command included": whole,
        "calls meanwhile": len(calls),
        "calls with a new access token sealed": refreshed,
        "calls that failed": failed,
        "a call meanwhile, median, ms": statistics.median(took),
        "a call meanwhile, longest, ms": took[-1],
        "load average of the last minute": os.getloadavg()[0],
    }
