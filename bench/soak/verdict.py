"""What came of the soak: figures, each held against its bar where the run was long enough to judge it."""

from __future__ import annotations

import os
import statistics
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.figures import Figures, holds
from bench.soak.watch import WINDOWS, growth

if TYPE_CHECKING:
    from bench.soak.visit import Tally
    from bench.soak.watch import Sample, Watch

SOURCE: Final = "bench/soak/__main__.py"
TITLE: Final = "The soak: many people's calls leave nothing behind"
_MILLION: Final = 1_000_000


class Run(NamedTuple):
    """A soak that has ended.

    Attributes:
        tally: What was counted.
        watch: What was seen of the processes.
        people: How many people there were.
        began: When, seconds.
        warm_up: Seconds from then on that do not count.
        refreshes: Spotify's access tokens renewed, as far as the simulator remembers.
        is_taste: Whether it was too short to judge what takes longer to show.
    """

    tally: Tally
    watch: Watch
    people: int
    began: float
    warm_up: float
    refreshes: int
    is_taste: bool


class _Bars:
    """Figures, and those that missed."""

    def __init__(self) -> None:
        self._figures = Figures(SOURCE, TITLE)
        self.missed: list[str] = []

    def count(self, what: str, value: int, bar: str = "") -> None:
        self._figures.count(what, value, bar)
        self._judge(what, value, bar)

    def measure(self, what: str, value: float, bar: str = "") -> None:
        self._figures.measure(what, value, bar)
        self._judge(what, value, bar)

    def _judge(self, what: str, value: float, bar: str) -> None:
        if not holds(value, bar):
            self.missed.append(f"{what}: {value:g}, not {bar}")


def told(run: Run) -> bool:
    """Print and keep the figures, and say whether every bar is met."""
    bars = _Bars()
    _tell_of_answers(bars, run)
    _tell_of_memory(bars, run)
    _tell_of_pace(bars, run)
    print(f"load average of the last minute: {os.getloadavg()[0]:.2f}")
    for example in run.tally.examples:
        print(f"wrong: {example}")
    for line in bars.missed:
        print(f"MISSED: {line}")
    return not bars.missed


def _tell_of_answers(bars: _Bars, run: Run) -> None:
    tally = run.tally
    bars.measure("people with marks of their own", run.people, ">= 100")
    bars.measure("calls answered rightly, four processes, both revisions", tally.calls, ">= 10000")
    for name, count in sorted(tally.others.items()):
        bars.measure(name, count, ">= 1")
    bars.measure("Spotify's access tokens renewed", run.refreshes, ">= 1")
    bars.count("wrong answers", tally.errors.total(), "== 0")
    bars.count("marks of others in answers", tally.foreign, "== 0")


def _tell_of_memory(bars: _Bars, run: Run) -> None:
    by_process = [_after_warm_up(run, samples) for samples in run.watch.samples.values()]
    resident = [growth(samples, "resident") for samples in by_process]
    worst = max(resident, key=lambda one: one.percent)
    bars.measure(
        "resident memory after the warm-up, MB, largest process",
        max(one.medians[0] for one in resident) / 1e6,
    )
    bars.measure(
        "resident memory at the end, MB, largest process",
        max(one.medians[-1] for one in resident) / 1e6,
        "<= 150",
    )
    bars.measure("growth of resident memory after the warm-up, percent, worst process", worst.percent, "< 5")
    steepest = max(one.percent_over(_MILLION) for one in resident)
    bars.measure(
        "growth of resident memory carried on to a million calls, percent",
        steepest,
        "" if run.is_taste else "< 5",
    )
    for field, what, most in (
        ("threads", "threads", 2),
        ("files", "open files", 24),
        ("sockets", "open sockets", 24),
    ):
        more = max(growth(samples, field).rise for samples in by_process)
        bars.measure(f"{what} more at the end than after the warm-up, worst process", more, f"<= {most}")
    bars.measure("largest write-ahead log, MB", run.watch.largest_log / 1e6, "<= 64")
    bars.measure("largest page of metrics, KB", run.tally.largest_scrape / 1e3, "<= 200")
    for one in resident:
        print("  resident MB by window: " + " ".join(f"{median / 1e6:.1f}" for median in one.medians))


def _after_warm_up(run: Run, samples: list[Sample]) -> list[Sample]:
    return [one for one in samples if one.at >= run.began + run.warm_up]


def _tell_of_pace(bars: _Bars, run: Run) -> None:
    first, last = run.began + run.warm_up, run.tally.moments[-1]
    windows: list[list[float]] = [[] for _ in range(WINDOWS)]
    for moment, seconds in zip(run.tally.moments, run.tally.seconds, strict=True):
        if seconds >= 0 and moment >= first:
            windows[min(WINDOWS - 1, int((moment - first) / (last - first) * WINDOWS))].append(seconds * 1e3)
    p99 = [statistics.quantiles(window, n=100)[-1] for window in windows]
    ratio = statistics.median(p99[-3:]) / statistics.median(p99[:3])
    every = [seconds for window in windows for seconds in window]
    bars.measure("a call that does not wait for the player, median, ms", statistics.median(every))
    bars.measure(
        "a call that does not wait for the player, 99th percentile, ms",
        statistics.quantiles(every, n=100)[-1],
    )
    bars.measure(
        "99th percentile of the last three windows, by that of the first three",
        ratio,
        "" if run.is_taste else "<= 1.5",
    )
    bars.measure("calls a second", len(run.tally.moments) / (last - run.began))
    print("  p99 ms by window: " + " ".join(f"{one:.0f}" for one in p99))
