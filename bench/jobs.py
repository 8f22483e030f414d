"""What everyday jobs take: tool calls, requests, what the model reads, and time by a simulated clock.

`python -m bench.jobs` writes the table of ceilings that the tests hold them to.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auxcord.telemetry import logs
from auxcord.views import count
from bench import tokens
from bench.figures import Figures
from tests.jobs.job import Cost, done
from tests.jobs.stage import make_database
from tests.jobs.table import FILE, JOBS, ceilings, written

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLE: Final = "What everyday jobs take, with 50 ms a request by a simulated clock"


async def measure(*, short: bool) -> dict[str, float]:
    """Do every job with the pace on and off; bars are the committed ceilings."""
    del short  # every job takes well under a second
    paced, unpaced = await asyncio.to_thread(lambda: (costs(paced=True), costs(paced=False)))
    counted = tokens.count(["\n".join(cost.answers) for cost in paced.values()])
    figures, most = Figures("bench/jobs.py", _TITLE), ceilings()
    for sentence, cost in paced.items():
        *_, size, milliseconds = most[sentence]
        took = f"{count(cost.calls, 'call')}, {count(cost.requests, 'request')}"
        figures.count(f"{sentence}: {took}; bytes to read", cost.bytes, f"<= {size}")
        off = unpaced[sentence].milliseconds
        figures.count(f"{sentence}: ms, pace on (off: {off})", cost.milliseconds, f"<= {milliseconds}")
    for sentence, number in zip(paced, counted or (), strict=False):
        figures.measure(f"{sentence}: tokens to read ({tokens.ENCODING})", number)
    return _told(list(paced.values()), counted)


def _told(paced: Sequence[Cost], counted: Sequence[int] | None) -> dict[str, float]:
    told: dict[str, float] = {
        f"{len(paced)} jobs: tool calls": sum(cost.calls for cost in paced),
        f"{len(paced)} jobs: requests to Spotify": sum(cost.requests for cost in paced),
        f"{len(paced)} jobs: bytes read": sum(cost.bytes for cost in paced),
    }
    if counted is not None:
        told[f"{len(paced)} jobs: tokens read ({tokens.ENCODING})"] = sum(counted)
    return told


def costs(*, paced: bool) -> dict[str, Cost]:
    """What each sentence's job takes."""
    with tempfile.TemporaryDirectory() as folder:
        database = make_database(Path(folder))
        return {job.sentence: done(job, database, paced=paced) for job in JOBS}


if __name__ == "__main__":
    logs.configure("error")
    FILE.write_text(written(costs(paced=True)), encoding="utf-8")
