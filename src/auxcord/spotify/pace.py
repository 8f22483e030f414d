"""How many requests may start within a rolling window, learned from Spotify's refusals.

Spotify does not publish the size of its window, and it differs between apps. So the pace starts hopeful,
takes the rate at which it was refused as the measure from then on, and rises slowly while all is quiet.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST = 30.0
_AFTER_REFUSAL = 0.9
_GROWTH = 1.05


class Pace:
    """A rolling window of starts.

    Args:
        most: Requests that may ever start within one window.
        window: Seconds.
        clock: Seconds, rising.
    """

    def __init__(self, most: int, window: float, clock: Callable[[], float]) -> None:
        self._most = float(most)
        self._window = window
        self._clock = clock
        self._starts: deque[float] = deque()
        self._size = self._most
        self._measured = 0.0

    @property
    def size(self) -> int:
        """Requests that may start within one window now."""
        if self._size >= self._most:
            return int(self._most)
        quiet = max(0.0, self._clock() - self._measured) // self._window
        return int(min(self._most, self._size * _GROWTH ** min(quiet, 1_000.0)))

    def start(self) -> None:
        """Count a request that starts now."""
        self._starts.append(self._clock())

    def refused(self) -> None:
        """Spotify refused at the present rate: stay below it from now on."""
        now = self._forget()
        self._size = max(min(_LEAST, self._most), min(self.size, len(self._starts)) * _AFTER_REFUSAL)
        self._measured = now

    def opens_in(self, ahead: int = 0) -> float:
        """Seconds until one more may start, after that many others."""
        now = self._forget()
        size = max(1, self.size)
        place = len(self._starts) - size + ahead
        if place < 0:
            return 0.0
        rounds, place = divmod(place, max(1, len(self._starts)))
        return max(0.0, self._starts[place] + (rounds + 1) * self._window - now)

    def _forget(self) -> float:
        """Drop what has left the window, or lies ahead because the clock was set back; returns the time."""
        now = self._clock()
        if self._starts and self._starts[-1] > now:
            self._starts.clear()
        while self._starts and self._starts[0] + self._window <= now:
            self._starts.popleft()
        return now
