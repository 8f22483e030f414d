"""Counting people's links for metrics: in the background, because what tells of a link lies sealed.

Everybody's is opened one after the other, with long pauses, so that the counting takes a twentieth of the
process's time at most, and again when that is done.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from auxcord.accounts import LinkState
from auxcord.errors import AuxcordError
from auxcord.server.beside import beside
from auxcord.server.people import NOT_LINKED, UNREADABLE, People
from auxcord.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from auxcord.server.assembly import Parts

STATES: Final = (*(state.value for state in LinkState), "not admitted", NOT_LINKED, UNREADABLE)
REST_SECONDS: Final = 15.0
_SHARE: Final = 0.05
_TOGETHER: Final = 20

log = structlog.get_logger(__name__)


class Census:
    """Counts links, again and again.

    Args:
        parts: What the server is made of; open.
        warning: Seconds before its end when a consent counts as ending.
        sleep: Waits so many seconds.
        steady: Seconds that rise evenly, to tell how long the counting takes.

    Attributes:
        states: People by the state of their link, as counted last.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        warning: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        steady: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._people = People(parts)
        self._clock = parts.clock
        self._warning = warning
        self._sleep = sleep
        self._steady = steady
        self.states: dict[tuple[str, ...], float] = {}
        self._ending: dict[tuple[str, ...], float] = {}
        self._counted: dict[tuple[str, ...], float] = {}

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[None]:
        """Count, and tell, until the block is left; nothing is told before everybody was counted."""
        with ExitStack() as stack:
            stack.enter_context(metrics.LINKS.told_by(lambda: self.states))
            stack.enter_context(metrics.CONSENTS_ENDING.told_by(lambda: self._ending))
            stack.enter_context(metrics.LINKS_COUNTED.told_by(lambda: self._counted))
            async with beside(self._again_and_again()):
                yield

    async def _again_and_again(self) -> None:
        while True:
            try:
                await self.count()
            except AuxcordError as error:
                log.warning("the links cannot be counted for metrics", code=error.code)
            await self._sleep(REST_SECONDS)

    async def count(self) -> None:
        """Count everybody's link once."""
        states, ending, seen, began = Counter[str](), 0, 0, self._steady()
        async for person in self._people.listed():
            states[person.state] += 1
            if person.state == LinkState.ACTIVE.value and person.consent_ends_at is not None:
                ending += person.consent_ends_at - self._clock() < self._warning
            seen += 1
            if seen % _TOGETHER == 0:
                await self._sleep((self._steady() - began) * (1 - _SHARE) / _SHARE)
                began = self._steady()
        self.states = {(state.replace(" ", "_"),): float(states[state]) for state in STATES}
        self._ending = {(): float(ending)}
        self._counted = {(): self._clock()}
