"""T33: everybody's access token ends at the same moment, and Spotify is asked once for each, a few at a time.

Bar: one upstream refresh a person at most, the cap on concurrent ones kept, no error. First the accounts of
processes that all want tokens at once; then whole MCP calls, of fewer people, because a process sends the Web
API 600 requests in 30 seconds at most. The short form has 2,000 people, the nightly one 10,000.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts.refreshing import CONCURRENT
from auxcord.server.listener import allow_many_connections
from bench.refreshes import refreshers
from tests.people import enrol
from tests.reliability.crowd import Crowd, most_at_once
from tests.replicas import replicas

if TYPE_CHECKING:
    from bench.figures import Figures

pytestmark = [pytest.mark.anyio, pytest.mark.server]

NIGHTLY = os.environ.get("AUXCORD_TEST_FORM") == "nightly"
PEOPLE = 10_000 if NIGHTLY else 2_000
PROCESSES = 4
CALLING = 600


@pytest.mark.timeout(1200 if NIGHTLY else 240)
async def test_each_person_is_refreshed_once_and_a_few_at_a_time(figures: Figures) -> None:
    async with replicas(0) as house:
        people = await enrol(house, PEOPLE, expired=True)
        await house.simulator.fault("latency", path="/api/token", seconds=0.1)
        wanted = [
            [person.user_id for turn, person in enumerate(people) if (turn + number) % PROCESSES < 2]
            for number in range(PROCESSES)
        ]
        async with refreshers(PROCESSES, house.environment) as processes:
            said = await asyncio.gather(
                *(process.ask(users) for process, users in zip(processes, wanted, strict=True))
            )
        refreshes = await house.simulator.refreshes()
    each = Counter(entry["user"] for entry in refreshes)
    assert each.keys() == {person.handle for person in people}
    figures.count(f"people whose token ends at once, each wanted by 2 of {PROCESSES} processes", PEOPLE)
    figures.count("upstream refreshes of one person, at most", max(each.values()), "== 1")
    figures.count("errors", sum(sum(one["errors"].values()) for one in said), "== 0")
    cap = CONCURRENT * PROCESSES
    figures.measure(
        f"concurrent upstream refreshes, at most; {CONCURRENT} a process",
        most_at_once(refreshes),
        f"<= {cap}",
    )
    figures.measure("callers told to ask again after 20 s", sum(one["repeated"] for one in said))
    figures.measure("seconds until the last had a token", max(one["slowest"] for one in said))


@pytest.mark.timeout(240)
async def test_whole_calls_of_hundreds_of_people_over_two_replicas_each(figures: Figures) -> None:
    allow_many_connections()
    async with replicas(PROCESSES) as house:
        people = await enrol(house, CALLING, expired=True)
        crowd = Crowd()
        calls = [
            crowd.call(person, house.all[(number + step) % PROCESSES])
            for number, person in enumerate(people)
            for step in (0, 1)
        ]
        answers = await asyncio.gather(*calls)
        refreshes = await house.simulator.refreshes()
    each = Counter(entry["user"] for entry in refreshes)
    errors = [answer.text for answer in answers if not answer.works]
    assert errors == []
    assert each.keys() == {person.handle for person in people}
    figures.count(f"people who each call two of {PROCESSES} replicas at once", CALLING)
    figures.count("upstream refreshes of one calling person, at most", max(each.values()), "== 1")
    figures.count("errors in whole calls", len(errors), "== 0")
    figures.measure("whole calls put off on a busy machine and repeated", crowd.repeated)
