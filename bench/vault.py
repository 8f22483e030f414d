"""Reading one person's record from the vault, with a thousand people in it and with a million."""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auxcord.accounts.links import KIND
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from auxcord.vault.datakeys import SECONDS
from bench.figures import Figures
from bench.people import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES: Final = (1_000, 100_000, 1_000_000)
ROUNDS: Final = 20
READS: Final = 1_000
"""Reads of each size in each round; the sizes take turns, so that a noisy machine disturbs all alike."""
BAR: Final = "<= 1.5"
_TITLE: Final = "A person's record is read as fast among a million people as among a thousand"


async def measure(*, short: bool) -> dict[str, float]:
    """Microseconds of a read: people at random, nobody's key remembered, the pages where they happen to be.

    (The vault's clock runs on between reads until it has to forget them.) That is what the first call of
    somebody who has been away costs. For comparison, the same with whatever keys were remembered: at most
    10,000, so that all thousand people's are. The short form stops at a hundred thousand people.
    """
    sizes = SIZES[:-1] if short else SIZES
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="auxcord-bench-") as directory:
        places = {}
        for size in sizes:
            began = time.perf_counter()
            places[size] = await _Place.filled(Path(directory) / f"{size}.sqlite3", size)
            found[f"{size:,} people: made, s"] = time.perf_counter() - began
        cold = await _read(places, remember=False)
        warm = await _read(places, remember=True)
    for name, taken in (("a read", cold), ("a read, keys remembered", warm)):
        for size in sizes:
            found[f"{size:,} people: p50 of {name}, µs"] = statistics.median(taken[size]) * 1e6
            found[f"{size:,} people: p99 of {name}, µs"] = _p99(taken[size]) * 1e6
    figures = Figures("bench/vault.py", _TITLE)
    for size in sizes:
        figures.measure(f"{size:,} people: p99 of a read, µs", _p99(cold[size]) * 1e6)
    ratio = _p99(cold[sizes[-1]]) / _p99(cold[sizes[0]])
    figures.measure(f"p99 of a read, {sizes[-1]:,} people against {sizes[0]:,}", ratio, BAR)
    return found | {f"p99 of a read, {sizes[-1]:,} people against {sizes[0]:,} (budget 1.50)": ratio}


class _Place:
    """A database with people in it, and what opens it."""

    def __init__(self, path: Path, key: str, ids: Sequence[str]) -> None:
        self.store = Store(f"sqlite+aiosqlite:///{path}")
        self.vault = Vault(self.store, KeyRing.of([key]), clock=lambda: self._now)
        self._now = time.time()
        self._ids = ids
        self._order = random.Random(1)  # noqa: S311 - an order, no secret

    @classmethod
    async def filled(cls, path: Path, size: int) -> _Place:
        key = KeyRing.new_key()
        return cls(path, key, await fill(path, key, size))

    async def read(self, count: int, *, remember: bool) -> list[float]:
        """Read so many people at random; returns the seconds each took."""
        return [
            await self._seconds(user_id, remember=remember)
            for user_id in self._order.choices(self._ids, k=count)
        ]

    async def _seconds(self, user_id: str, *, remember: bool) -> float:
        self._now += 0 if remember else SECONDS
        began = time.perf_counter()
        record = await self.vault.get(user_id, KIND)
        taken = time.perf_counter() - began
        assert record is not None
        return taken


async def _read(places: dict[int, _Place], *, remember: bool) -> dict[int, list[float]]:
    """Read everywhere in turns; returns the seconds each read took, smallest first, by size."""
    taken: dict[int, list[float]] = {size: [] for size in places}
    async with AsyncExitStack() as closing:
        for place in places.values():
            await place.store.open()
            closing.push_async_callback(place.store.close)
            await place.read(2 * READS, remember=remember)
        gc.collect()
        gc.freeze()
        closing.callback(gc.unfreeze)
        for _ in range(ROUNDS):
            for size, place in places.items():
                taken[size] += await place.read(READS, remember=remember)
    return {size: sorted(times) for size, times in taken.items()}


def _p99(taken: list[float]) -> float:
    return taken[int(len(taken) * 0.99)]
