"""T36: wall clocks that are hours off, jump, or differ between replicas cause no storm and end no link.

Bar: a server two hours ahead or behind, one whose clock jumps while it serves, and three replicas with 30 s
and with two hours between them: nobody is refreshed more often than there are clocks, never twice at once, no
link ends, and when the clocks are right everything works. A client that gets a 401 renews its tokens, as
clients do, for what a clock ahead takes for over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import LinkState
from tests.clocks import WrongClock
from tests.people import HOUR, enrol, kept, library, sign_in
from tests.reliability.crowd import Crowd, most_at_once
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from auxcord.server.assembly import Parts
    from bench.figures import Figures
    from tests.people import Answer, Person
    from tests.processes import Program
    from tests.replicas import Replicas, Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.server]

HOURS = 2 * HOUR
PEOPLE = 6
CALLS = 2
"""Of each person, under each time the clock shows."""
SLOW = 0.5
"""Seconds Spotify takes for a refresh: long enough for others to begin one as well."""
COURSES = {
    "two hours ahead": (HOURS, 0),
    "two hours behind": (-HOURS, 0),
    "jumping": (0, HOURS, 0, -HOURS, HOURS, 0),
}
"""How far ahead the clock is, one after the other."""
GAPS = {"30 seconds": 30, "two hours": HOURS}


class Callers:
    """People who call one after the other, and renew their MCP tokens when they are told to."""

    def __init__(self) -> None:
        self.crowd = Crowd()
        self.refused = 0

    async def call(self, person: Person, replica: Program) -> Answer:
        answer = await self.crowd.call(person, replica)
        if answer.status == 401:
            self.refused += 1
            renewed = await person.renew(to=replica)
            assert renewed.status_code == 200, renewed.text
            answer = await self.crowd.call(person, replica)
        return answer

    async def several(self, person: Person, replica: Program) -> list[Answer]:
        return [await self.call(person, replica) for _ in range(CALLS)]


def failures(answers: Iterable[Answer]) -> list[str]:
    """What those were told who were not served."""
    return [answer.text for answer in answers if not answer.works]


async def of_each(simulator: Simulator) -> tuple[int, int]:
    """Refreshes of one person at most since last asked, and how many of those were under way at once."""
    refreshes = await simulator.refreshes()
    await simulator.forget_requests()
    counts = Counter(entry["user"] for entry in refreshes)
    most = [most_at_once(entry for entry in refreshes if entry["user"] == user) for user in counts]
    return max(counts.values(), default=0), max(most, default=0)


async def ended(inside: Parts, people: Sequence[Person], since: Sequence[float]) -> int:
    """How many links have ended, or lost the date of their consent."""
    links = [(await kept(inside, person.user_id)).link for person in people]
    return sum(
        link.state is not LinkState.ACTIVE or link.consented_at != consented
        for link, consented in zip(links, since, strict=True)
    )


async def consents(inside: Parts, people: Sequence[Person]) -> list[float]:
    return [(await kept(inside, person.user_id)).link.consented_at for person in people]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", COURSES)
async def test_a_server_whose_clock_is_wrong_serves_everybody(
    name: str, tmp_path: Path, figures: Figures
) -> None:
    clock, callers = WrongClock(tmp_path, COURSES[name][0]), Callers()
    most = together = 0
    unserved: list[str] = []
    async with replicas(0) as house, library(house) as inside:
        people = await enrol(house, PEOPLE)
        since = await consents(inside, people)
        await house.simulator.turn(rotation="always")
        await house.simulator.fault("latency", path="/api/token", seconds=SLOW)
        server = await house.add(fresh=True, **clock.environment)
        await house.simulator.advance(HOUR + 1)  # what the server shows for valid has really run out
        for ahead in COURSES[name]:
            clock.set(ahead)
            answers = await asyncio.gather(*(callers.several(person, server) for person in people))
            unserved += failures(answer for some in answers for answer in some)
            count, at_once = await of_each(house.simulator)
            most, together = max(most, count), max(together, at_once)
        unserved += failures([await (await sign_in(house, "ada")).call("get_account")])
        lost = await ended(inside, people, since)
    assert not unserved, unserved
    figures.count(f"{name}: calls not served", len(unserved), "== 0")
    figures.count(f"{name}: refreshes of one person for one time shown, at most", most, "<= 1")
    figures.count(f"{name}: refreshes of one person under way at once", together, "== 1")
    figures.count(f"{name}: links ended", lost, "== 0")
    figures.measure(
        f"{name}: MCP tokens that had run out by the wrong clock and were renewed", callers.refused
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("gap", GAPS)
async def test_replicas_whose_clocks_differ_share_one_refresh_at_a_time(
    gap: str, tmp_path: Path, figures: Figures
) -> None:
    seconds, callers = GAPS[gap], Callers()
    clocks = [WrongClock(tmp_path, ahead) for ahead in (seconds, 0, -seconds)]
    most = together = 0
    unserved: list[str] = []
    async with replicas(0) as house, library(house) as inside:
        people = await enrol(house, PEOPLE, expired=True)
        since = await consents(inside, people)
        await house.simulator.turn(rotation="always")
        await house.simulator.fault("latency", path="/api/token", seconds=SLOW)
        for clock in clocks:
            await house.add(fresh=True, **clock.environment)
        for person in people:  # from the one that is ahead: what it issues counts for the others as well
            assert (await person.renew(to=house.all[0])).status_code == 200
        await house.simulator.advance(HOUR + 1)
        for _ in range(2):
            answers = await at_once_everywhere(house, people, callers.crowd)
            unserved += failures(answers)
            count, at_once = await of_each(house.simulator)
            most, together = max(most, count), max(together, at_once)
        for clock in clocks:
            clock.set(0)
        for person in people[:4]:
            for replica in house.all:
                unserved += failures(await callers.several(person, replica))
        afterwards, _ = await of_each(house.simulator)
        lost = await ended(inside, people, since)
    told = f"replicas {gap} ahead, right, and behind"
    assert not unserved, unserved
    figures.count(f"{told}: calls not served, wrong clocks or right", len(unserved), "== 0")
    bar = "<= 1" if seconds < HOUR else f"<= {len(clocks)}"
    figures.measure(f"{told}: refreshes of one person for one access token, at most", most, bar)
    figures.count(f"{told}: refreshes of one person under way at once", together, "== 1")
    figures.count(f"{told}: links ended", lost, "== 0")
    figures.measure(f"{told}: refreshes of one person once the clocks are right", afterwards, "<= 1")


async def at_once_everywhere(house: Replicas, people: Sequence[Person], crowd: Crowd) -> list[Answer]:
    """Everybody calls every replica at the same time, several times over."""
    found: list[Answer] = []
    for _ in range(CALLS):
        calls = (crowd.call(person, replica) for person in people for replica in house.all)
        found += await asyncio.gather(*calls)
    return found
