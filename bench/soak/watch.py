"""What the kernel knows of the processes, looked at through the run, and what that says about growth."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_SECONDS: Final = 1.0
WINDOWS: Final = 10
"""Into so many parts of equal length the time after the warm-up is cut."""
_KIB: Final = 1024


class Sample(NamedTuple):
    """One process at one moment."""

    at: float
    calls: int
    resident: int
    threads: int
    files: int
    sockets: int


def sample(pid: int, calls: int) -> Sample:
    """Look at a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = {name: rest.split() for name, _, rest in (line.partition(":") for line in status.splitlines())}
    folder = f"/proc/{pid}/fd"
    files = sockets = 0
    for name in os.listdir(folder):  # noqa: PTH208 - names alone are needed, a few thousand times
        files += 1
        try:
            sockets += os.readlink(f"{folder}/{name}").startswith("socket:")  # noqa: PTH115 - as above
        except FileNotFoundError:
            continue
    resident, threads = int(found["VmRSS"][0]) * _KIB, int(found["Threads"][0])
    return Sample(time.monotonic(), calls, resident, threads, files, sockets)


class Watch:
    """Looks at processes every second, and at the size of the database's write-ahead log.

    Args:
        pids: The processes.
        database: The database file.
        calls: How many calls were answered so far.
    """

    def __init__(self, pids: Sequence[int], database: Path, calls: Callable[[], int]) -> None:
        self.samples: dict[int, list[Sample]] = {pid: [] for pid in pids}
        self.largest_log = 0
        self._log = database.with_name(f"{database.name}-wal")
        self._calls = calls

    async def look(self) -> None:
        """Go on looking until cancelled."""
        while True:
            calls = self._calls()
            for pid, kept in self.samples.items():
                kept.append(sample(pid, calls))
            if self._log.exists():
                self.largest_log = max(self.largest_log, self._log.stat().st_size)
            await asyncio.sleep(EVERY_SECONDS)


class Growth(NamedTuple):
    """How one quantity of a process went after the warm-up: medians of the windows, and how they rise.

    Attributes:
        medians: Of each window.
        per_call: The slope, by the median of the slopes between all windows, so that no single one decides.
    """

    medians: tuple[float, ...]
    per_call: float

    @property
    def percent(self) -> float:
        """By how much the last window is over the first."""
        return 100 * (self.medians[-1] / self.medians[0] - 1)

    @property
    def rise(self) -> float:
        """How much more the last window has than the first."""
        return self.medians[-1] - self.medians[0]

    def percent_over(self, calls: int) -> float:
        """By how much it would be if it went on like this for so many calls."""
        return 100 * self.per_call * calls / self.medians[0]


def growth(samples: Sequence[Sample], field: str) -> Growth:
    """Tell how a field of the samples went."""
    size = len(samples) // WINDOWS
    cut = [samples[number * size : (number + 1) * size] for number in range(WINDOWS)]
    medians = [float(statistics.median(getattr(one, field) for one in part)) for part in cut]
    calls = [statistics.median(one.calls for one in part) for part in cut]
    slopes = [
        (medians[later] - medians[earlier]) / max(1.0, calls[later] - calls[earlier])
        for later in range(WINDOWS)
        for earlier in range(later)
    ]
    return Growth(tuple(medians), statistics.median(slopes))
