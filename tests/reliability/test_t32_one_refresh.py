"""T32: a thousand calls meet an expired access token in eight processes, and Spotify is asked once.

Bar: exactly one upstream refresh, no error. How long it takes is a figure, not a verdict: whole MCP calls
share the cores of the machine. When it is busy, our own pace towards Spotify may put some calls off, as it
should; those are repeated, as a client does, and counted.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from auxcord.server.listener import allow_many_connections
from tests.people import enrol
from tests.reliability.crowd import Crowd
from tests.replicas import replicas

if TYPE_CHECKING:
    from bench.figures import Figures

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PROCESSES = 8
CALLS = 1000
SLOW_SECONDS = 1.0


@pytest.mark.parametrize("rotation", ["none", "always"])
async def test_a_thousand_calls_in_eight_processes_cause_one_refresh(rotation: str, figures: Figures) -> None:
    allow_many_connections()
    async with replicas(PROCESSES) as house:
        (ada,) = await enrol(house, ["ada"], expired=True)
        await house.simulator.turn(rotation=rotation)
        await house.simulator.fault("latency", path="/api/token", seconds=SLOW_SECONDS)
        crowd, began = Crowd(), time.perf_counter()
        answers = await asyncio.gather(
            *(crowd.call(ada, house.all[number % PROCESSES]) for number in range(CALLS))
        )
        seconds = time.perf_counter() - began
        refreshes = await house.simulator.refreshes()
    errors = [answer for answer in answers if not answer.works]
    told = f"with refresh tokens that {'rotate' if rotation == 'always' else 'stay'}"
    assert {answer.text for answer in errors} == set()
    assert [entry["status"] for entry in refreshes] == [200]
    figures.count(f"concurrent calls over {PROCESSES} processes, {told}", len(answers), ">= 1000")
    figures.count(f"upstream refreshes, {told}", len(refreshes), "== 1")
    figures.count(f"errors, {told}", len(errors), "== 0")
    figures.measure(f"calls put off on a busy machine and repeated, {told}", crowd.repeated)
    figures.measure(f"seconds for all, of which Spotify took {SLOW_SECONDS:g}, {told}", seconds)
