"""A million calls by a thousand people at four processes, whose memory is watched; exits 1 on a missed bar.

python -m bench.soak              a million calls: the nightly form
python -m bench.soak --short      ten minutes
python -m bench.soak --minutes 3  a taste: errors and growth are judged, what takes longer to show is told
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.server.listener import allow_many_connections
from auxcord.telemetry import logs
from bench.soak.crowd import gather
from bench.soak.day import DAY, FORGOTTEN_SHARE, LEGACY_SHARE
from bench.soak.verdict import Run, told
from bench.soak.visit import Tally, Visit
from bench.soak.watch import Watch
from bench.soak.wire import Wires
from tests.processes import free_port
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from bench.soak.crowd import Crowd
    from tests.replicas import Replicas

PEOPLE: Final = 1000
PROCESSES: Final = 4
AT_ONCE: Final = 16
_TELL_SECONDS: Final = 30
_SCRAPE_SECONDS: Final = 15
_WARM_UP_SHARE: Final = 1 / 3
_LONGEST_WARM_UP: Final = 180.0


class Form(NamedTuple):
    """How long it goes on: for so many calls, or so many minutes.

    Attributes:
        calls: None where the time decides.
        minutes: None where the calls decide.
        is_taste: Whether it is too short to judge what takes longer to show.
    """

    calls: int | None
    minutes: float | None
    is_taste: bool

    @property
    def warm_up(self) -> float:
        """Seconds until caches, pools and sessions are as full as they get."""
        return min(
            _LONGEST_WARM_UP, _LONGEST_WARM_UP if self.minutes is None else self.minutes * 60 * _WARM_UP_SHARE
        )


NIGHTLY: Final = Form(1_000_000, None, is_taste=False)
SHORT: Final = Form(None, 10.0, is_taste=False)


class Soak:
    """Everything under way."""

    def __init__(self, house: Replicas, crowd: Crowd, form: Form, dice: random.Random) -> None:
        self.tally = Tally()
        self.wires = Wires()
        self.began = time.monotonic()
        self._house = house
        self._crowd = crowd
        self._form = form
        self._dice = dice

    @property
    def is_over(self) -> bool:
        """Whether nobody comes any more."""
        if self._form.calls is not None:
            return self.tally.calls >= self._form.calls
        assert self._form.minutes is not None
        return time.monotonic() - self.began >= self._form.minutes * 60

    async def come(self) -> None:
        """Let one after another come and go."""
        doings, weights = [doing for _, doing in DAY], [weight for weight, _ in DAY]
        dice = self._dice
        while not self.is_over:
            owner = self._crowd.waiting.popleft()
            (doing,) = dice.choices(doings, weights)
            visit = Visit(
                self._house,
                self._crowd,
                self.wires,
                self.tally,
                owner=owner,
                port=dice.choice(self._house.all).port,
                is_legacy=dice.random() < LEGACY_SHARE,
            )
            try:
                await visit.begin(dice.random)
                await doing(visit, dice)
                await visit.end(forgotten=dice.random() < FORGOTTEN_SHARE)
            except Exception as error:  # noqa: BLE001 - whatever went wrong counts, and the others go on
                self.tally.failed(doing.__name__, error)
            self._crowd.waiting.append(owner)

    async def scrape(self, ports: list[int]) -> None:
        """Ask every process for its metrics now and then, as Prometheus does."""
        while True:
            for port in ports:
                reply = await self.wires.ask(port, "GET", "/metrics")
                self.tally.largest_scrape = max(self.tally.largest_scrape, len(reply.body))
                self.tally.others["scrapes of metrics"] += 1
            await asyncio.sleep(_SCRAPE_SECONDS)

    async def tell(self, watch: Watch) -> None:
        """Say how it goes, now and then."""
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            took = time.monotonic() - self.began
            sizes = ", ".join(f"{kept[-1].resident / 1e6:.1f}" for kept in watch.samples.values())
            calls, errors = self.tally.calls, self.tally.errors.total()
            print(
                f"{took:5.0f} s: {calls:,} calls, {calls / took:.0f}/s, {errors} wrong; resident MB: {sizes}",
                flush=True,
            )


async def soak(form: Form, people: int, seed: int) -> bool:
    """Run it and say whether every bar is met."""
    allow_many_connections()
    dice = random.Random(seed)  # noqa: S311 - for choices, not for secrets
    async with replicas(0) as house:
        crowd = await gather(house, people, dice)
        ports = [free_port() for _ in range(PROCESSES)]
        # Programs of their own, not forks: their memory is to be theirs.
        for port in ports:
            await house.add(fresh=True, AUXCORD_METRICS_PORT=str(port))
        soaking = Soak(house, crowd, form, dice)
        watch = Watch([replica.pid for replica in house.all], house.database, lambda: soaking.tally.calls)
        async with _beside(watch.look(), soaking.scrape(ports), soaking.tell(watch)):
            await asyncio.gather(*(soaking.come() for _ in range(AT_ONCE)))
        soaking.wires.close()
        refreshes = len(await house.simulator.refreshes())
    run = Run(soaking.tally, watch, people, soaking.began, form.warm_up, refreshes, is_taste=form.is_taste)
    return told(run)


@contextlib.asynccontextmanager
async def _beside(*coroutines: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main() -> int:
    """Run the form that was asked for."""
    parser = argparse.ArgumentParser(prog="soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="ten minutes")
    parser.add_argument("--minutes", type=float, help="so many minutes")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="for the same dice again")
    options = parser.parse_args()
    logs.configure("error")  # standard output is for figures
    form = SHORT if options.short else NIGHTLY
    if options.minutes:
        form = Form(None, options.minutes, is_taste=options.minutes < SHORT.minutes)
    print(f"seed {options.seed}; load average {os.getloadavg()[0]:.2f}", flush=True)
    return 0 if asyncio.run(soak(form, options.people, options.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
