"""Removing what has expired, now and then, by whoever comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

EVERY_SECONDS: Final = 60


class Housekeeping:
    """Sweeps at most once a minute in this process.

    Args:
        sweeps: What to do, in order.
        clock: Unix seconds.
    """

    def __init__(
        self, sweeps: Iterable[Callable[[], Awaitable[None]]], *, clock: Callable[[], float]
    ) -> None:
        self._sweeps = tuple(sweeps)
        self._clock = clock
        self._due = 0.0

    async def when_due(self) -> None:
        """Sweep if the last time was a minute ago."""
        if self._clock() >= self._due:
            self._due = self._clock() + EVERY_SECONDS
            await self.now()

    async def now(self) -> None:
        """Sweep.

        Raises:
            StoreUnavailableError: The store is down.
        """
        for sweep in self._sweeps:
            await sweep()
