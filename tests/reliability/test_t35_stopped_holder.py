"""T35: a process stopped in the middle of a refresh until its lease has run out does no harm when it goes on.

Bar: no double write, the newest refresh token wins, the link is active. SIGSTOP holds the process while the
answer of Spotify is on its way to it, another one takes over after the lease has really run out, then the
first goes on: once with a Spotify that replaces the refresh token at every use, once with one that keeps it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import pytest

from auxcord.accounts import LinkState
from auxcord.accounts.links import LEASE_SECONDS
from tests.people import enrol, kept, library
from tests.reliability.kills import ENDED
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.accounts.links import Kept
    from bench.figures import Figures
    from tests.people import Answer
    from tests.replicas import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.server]

ANSWER_SECONDS = 5.0
"""How long Spotify's answer is on its way: time to stop the process that waits for it."""
SETTLING_SECONDS = 5.0
"""For the process that goes on to do whatever it will do."""


class Course(NamedTuple):
    """The link before, after the other process took over, and in the end; and how the others fared."""

    before: Kept
    between: Kept
    after: Kept
    other: Answer
    newest_works: bool
    later: list[Answer]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds, half a minute at most."""
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.05)


async def course(rotation: str) -> Course:
    """Stop a process while it refreshes, let another take over, and let the first go on."""
    async with replicas(2) as house:
        await house.simulator.turn(rotation=rotation)
        (ada,) = await enrol(house, ["ada"], expired=True)
        await house.simulator.fault("latency", path="/api/token", seconds=ANSWER_SECONDS, after=True, times=1)
        first, second = house.all
        async with library(house) as inside:
            before = await kept(inside, ada.user_id)
            late = asyncio.create_task(ada.call("get_account", to=first))
            await until(lambda: has_taken_effect(house.simulator))
            first.stop()
            try:
                await asyncio.sleep(LEASE_SECONDS + 1)
                other = await ada.call("get_account", to=second)
                between = await kept(inside, ada.user_id)
            finally:
                first.go_on()
            await late
            await asyncio.sleep(SETTLING_SECONDS)
            after = await kept(inside, ada.user_id)
            found = await house.simulator.look(after.link.refresh_token)
            later = [await ada.call("get_account", to=replica) for replica in house.all]
    return Course(before, between, after, other, found["works"], later)


async def has_taken_effect(simulator: Simulator) -> bool:
    """Whether Spotify has decided about the refresh; its answer is held back still."""
    faults = (await simulator.control("GET", "/faults"))["faults"]
    await asyncio.sleep(0.2)  # it decides right after the rule has struck
    return any(rule["applied"] for rule in faults)


@pytest.mark.timeout(300)
async def test_a_holder_stopped_past_its_lease_does_no_harm(figures: Figures) -> None:
    rotating, staying = await asyncio.gather(course("always"), course("none"))

    # The first has spent the token, and nobody else can know its successor.
    assert ENDED in rotating.other.text
    assert rotating.between.link.state is LinkState.REAUTHORIZATION_REQUIRED
    assert rotating.after.link.refresh_token != rotating.before.link.refresh_token

    assert staying.other.works
    assert staying.between.version == staying.before.version + 1

    for each in (rotating, staying):
        assert [answer.text for answer in each.later if not answer.works] == []
    figures.count("times a process was stopped past its lease", 2)
    double = staying.after.version - staying.between.version
    figures.count("writes over what the other process had written", double, "== 0")
    ended = [each.after.link.state for each in (rotating, staying)].count(LinkState.REAUTHORIZATION_REQUIRED)
    figures.count("links ended by it", ended, "== 0")
    lost = [each.newest_works for each in (rotating, staying)].count(False)
    figures.count("refresh tokens lost by it", lost, "== 0")
