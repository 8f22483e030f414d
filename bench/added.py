"""What a call adds to Spotify's own time when nothing is cached, with sixteen people at once."""

from __future__ import annotations

import asyncio
import time
from itertools import count, starmap
from typing import TYPE_CHECKING, Final

from bench.figures import Figures
from bench.raw import CALLERS, percentile
from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import httpx2

    from tests.people import Person
    from tests.replicas import Replicas

_SPOTIFY_SECONDS: Final = 0.2
"""Every answer of the simulated Spotify takes so long, at least."""
_EACH: Final = 5
"""Calls of a person in one round."""


async def measure(*, short: bool) -> dict[str, float]:
    """Milliseconds added at the median and the 99th percentile; budgets: 5 and 25.

    Each person searches for what nobody has searched for, which is one request to Spotify; by turns with the
    same requests sent straight to the simulated Spotify by as many at once. The rounds stay below the pace
    that a server keeps towards Spotify.
    """
    words = (f"silver {number}" for number in count())
    straight: list[float] = []
    through: list[float] = []
    async with replicas(0) as house:
        server = await house.add(fresh=True)
        people = await enrol(house, CALLERS)
        token = (await house.simulator.control("POST", "/tokens", json={"user": "ada"}))["access_token"]
        for person in people:
            await _ask(person, next(words))  # opens their link
        await house.simulator.turn(latency=_SPOTIFY_SECONDS)
        for _ in range(3 if short else 6):
            straight += await _round(house, lambda word, _: _straight(house, token, word), words, people)
            through += await _round(house, lambda word, person: _ask(person, word), words, people)
        assert server.up
    return _told(straight, through)


async def _round(
    house: Replicas,
    ask: Callable[[str, Person], Awaitable[None]],
    words: Iterator[str],
    people: list[Person],
) -> list[float]:
    """Let everybody ask a few times, side by side; returns the seconds each took."""
    before = len(await house.simulator.requests("/v1/search"))

    async def several(turn: int, person: Person) -> list[float]:
        # Answers that all take the same time would keep everybody in step: sixteen at once, then nobody.
        await asyncio.sleep(turn * _SPOTIFY_SECONDS / CALLERS)
        taken = []
        for _ in range(_EACH):
            word, began = next(words), time.perf_counter()
            await ask(word, person)
            taken.append(time.perf_counter() - began)
        return taken

    rows = await asyncio.gather(*starmap(several, enumerate(people)))
    taken = [seconds for row in rows for seconds in row]
    asked = len(await house.simulator.requests("/v1/search")) - before
    assert asked == len(taken), f"{len(taken)} calls made {asked} requests"
    return taken


async def _straight(house: Replicas, token: str, word: str) -> None:
    answer: httpx2.Response = await house.http.get(
        f"{house.simulator.url}/v1/search",
        params={"q": word, "type": "track", "limit": "1", "offset": "0"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text


async def _ask(person: Person, word: str) -> None:
    answer = await person.call("search", {"query": word, "limit": 1})
    assert not answer.is_error, answer.text


def _told(straight: list[float], through: list[float]) -> dict[str, float]:
    def added(share: float) -> float:
        return (percentile(through, share) - percentile(straight, share)) * 1e3

    figures = Figures("bench/added.py", "A call adds little to Spotify's own time")
    figures.measure("milliseconds added, median, 16 people at once", added(0.5), "< 5")
    figures.measure("milliseconds added, 99th percentile, 16 people at once", added(0.99), "< 25")
    return {
        "Spotify alone: p50, ms": percentile(straight, 0.5) * 1e3,
        "Spotify alone: p99, ms": percentile(straight, 0.99) * 1e3,
        "through a call: p50, ms": percentile(through, 0.5) * 1e3,
        "through a call: p99, ms": percentile(through, 0.99) * 1e3,
        "added: p50, ms (budget 5)": added(0.5),
        "added: p99, ms (budget 25)": added(0.99),
    }
