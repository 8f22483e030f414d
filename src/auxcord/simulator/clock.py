"""The simulator's own clock: real time plus whatever a test has added."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Unix seconds that can be moved.

    Args:
        source: Where time comes from before anybody moves it.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._shift = 0.0

    def now(self) -> float:
        """Say what time it is, in unix seconds."""
        return self._source() + self._shift

    def advance(self, seconds: float) -> None:
        """Move the clock forward (or back, with a negative number)."""
        self._shift += seconds

    def set(self, moment: float) -> None:
        """Make it this moment (unix seconds) now; time goes on from there."""
        self._shift = moment - self._source()


def iso_utc(moment: float) -> str:
    """Write a moment the way Spotify does: ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_utc_ms(moment: float) -> str:
    """Write a moment with milliseconds, as play history does."""
    stamp = datetime.fromtimestamp(moment, tz=UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> float | None:
    """Read an ISO 8601 time; None when it is not one."""
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def add_months(moment: float, months: int) -> float:
    """Add calendar months; the day is kept, or becomes the last day of a shorter month."""
    start = datetime.fromtimestamp(moment, tz=UTC)
    month_index = start.month - 1 + months
    year, month = start.year + month_index // 12, month_index % 12 + 1
    for day in range(start.day, 27, -1):
        try:
            return start.replace(year=year, month=month, day=day).timestamp()
        except ValueError:
            continue
    return start.replace(year=year, month=month).timestamp()
