"""T37: `auxcord serve` killed with SIGKILL at random points loses nothing it acknowledged, and tears nothing.

Bar: of what was acknowledged nothing is missing, nothing is torn. No refresh token is lost while Spotify's
stay; where Spotify replaces them at every use, one for each kill at most, that of the refresh under way, and
its person is told to sign in again. 200 kills in the short form, 2,000 in the nightly one; a refresh is under
way nearly always.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import LinkState
from tests.people import enrol, kept, library, sign_in
from tests.reliability.kills import ENDED, Killing
from tests.replicas import replicas

if TYPE_CHECKING:
    from auxcord.server.assembly import Parts
    from bench.figures import Figures
    from tests.people import Person
    from tests.reliability.kills import Account
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

NIGHTLY = os.environ.get("AUXCORD_TEST_FORM") == "nightly"
KILLS = 2_000 if NIGHTLY else 200
PROCESSES = 4
PEOPLE = 600
SLOW = 0.03
"""Seconds between a refresh at Spotify and its answer, so that a kill often comes between the two."""
LIFE = 2
"""Seconds a Spotify access token lives: nobody is called twice with the same."""


@pytest.mark.timeout(7200 if NIGHTLY else 900)
@pytest.mark.parametrize("rotation", ["none", "always"])
async def test_kills_at_random_points_lose_nothing_acknowledged(rotation: str, figures: Figures) -> None:
    seed = int(os.environ.get("AUXCORD_TEST_SEED") or random.randrange(2**32))
    kills, rotates = (KILLS, False) if rotation == "none" else (KILLS // 4, True)
    print(f"seed {seed}; repeat with AUXCORD_TEST_SEED={seed}")  # noqa: T201 - to repeat a failure
    async with replicas(PROCESSES) as house:
        await house.simulator.turn(rotation=rotation, access_seconds=LIFE)
        people = await enrol(house, PEOPLE)
        await house.simulator.fault("latency", path="/api/token", seconds=SLOW, after=True)
        async with library(house) as inside:
            killing = Killing(house, inside, people, random.Random(seed))
            # Where tokens rotate, one call at a time at each replica: a kill meets one refresh at most.
            account = await killing.run(kills, callers=1 if rotates else 2, clients=2)
            assert killing.integrity() == "ok"
            lost = await lost_by(house, inside, people)
            await killing.run_out_leases()
            await everybody_goes_on(house, inside, people, lost, account)
        logs = house.logs()
    assert "Traceback" not in logs
    assert lost <= account.in_flight
    report(figures, account, lost, "rotate" if rotates else "stay")
    figures.count("processes", PROCESSES)


async def lost_by(house: Replicas, inside: Parts, people: list[Person]) -> set[str]:
    """Whose kept refresh token is dead."""
    links = {person.handle: (await kept(inside, person.user_id)).link for person in people}
    return {
        handle
        for handle, link in links.items()
        if not (await house.simulator.look(link.refresh_token))["works"]
    }


async def everybody_goes_on(
    house: Replicas, inside: Parts, people: list[Person], lost: set[str], account: Account
) -> None:
    """Whoever was met by a kill is served again; who lost their token is told, and mends it by signing in."""
    for person in people:
        if person.handle not in account.in_flight:
            continue
        answer = await person.call("get_account")
        assert (ENDED in answer.text) if person.handle in lost else answer.works, answer.text
        state = (await kept(inside, person.user_id)).link.state
        assert (state is LinkState.REAUTHORIZATION_REQUIRED) == (person.handle in lost)
    for handle in sorted(lost)[:3]:
        back = await sign_in(house, handle)
        assert (await back.call("get_account")).works


def report(figures: Figures, account: Account, lost: set[str], tokens: str) -> None:
    told = f"(refresh tokens {tokens})"
    figures.count(f"kills {told}", account.kills, f">= {50 if tokens == 'rotate' else 200}")
    figures.measure(f"upstream refreshes {told}", account.refreshes)
    figures.measure(f"acknowledged refreshes {told}", len(account.acknowledged), ">= 100")
    figures.count(f"acknowledged refreshes missing {told}", account.missing, "== 0")
    figures.count(f"torn records or pages {told}", account.torn, "== 0")
    figures.measure(f"people called when a kill came {told}", len(account.in_flight))
    if tokens == "rotate":
        figures.measure("refresh tokens lost a kill, where they rotate", len(lost) / account.kills, "<= 1")
    else:
        figures.count("refresh tokens lost, where they stay", len(lost), "== 0")
    figures.measure(f"sign-ins acknowledged {told}", account.sign_ins, ">= 2")
    figures.measure(f"MCP tokens rotated and acknowledged {told}", account.rotations, ">= 20")
    figures.count(f"acknowledged MCP tokens missing {told}", account.tokens_missing, "== 0")
    figures.measure(f"connections cut by kills {told}", account.cut)
    figures.measure(f"calls that had to wait for a killed process's lease {told}", account.put_off)
    assert account.errors == []
