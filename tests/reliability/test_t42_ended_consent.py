"""T42: a consent that has ended costs one try, tells where to renew it, and renewing loses nothing else.

Bar: the refresh token revoked, or six calendar months over: one upstream try, then `reauthorization_required`
with the sign-in link, never a loop; warned from 14 days ahead.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from auxcord.simulator.clock import add_months
from auxcord.store.schema import grants, records, users
from tests.people import HOUR, enrol, follow, library, sign_in
from tests.replicas import PUBLIC_URL, replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

CALLS = 100
DAY = 24 * HOUR
CODE = "[reauthorization_required]"
LINK = re.compile(rf"Sign-in link: ({PUBLIC_URL}/renew\?grant=\S+)")


@pytest.fixture
async def house() -> AsyncIterator[Replicas]:
    async with replicas(2) as house:
        yield house


@asynccontextmanager
async def earlier(house: Replicas, seconds: float) -> AsyncIterator[None]:
    """Spotify as it was so long ago; afterwards it is now again."""
    await house.simulator.advance(-seconds)
    yield
    await house.simulator.advance(seconds)


async def consented(house: Replicas, seconds: float) -> Person:
    """Somebody new who consented so long ago, as Spotify knows it and as we do."""
    async with earlier(house, seconds):
        (person,) = await enrol(house, 1, ago=seconds)
    return person


async def call_often(person: Person) -> list[str]:
    """Make a hundred calls, a fifth of them at once, to all replicas; returns the errors that were told."""
    asked: list[tuple[str, dict[str, Any]]] = [
        ("search", {"query": "silver", "types": ["track"]}),
        ("list_library", {"kind": "tracks"}),
    ]
    answers = await asyncio.gather(*(person.call(*asked[n % 2]) for n in range(CALLS // 5)))
    answers += [await person.call(*asked[n % 2]) for n in range(CALLS - len(answers))]
    assert all(answer.status == 200 and answer.is_error for answer in answers)
    return [answer.text for answer in answers]


async def tries(house: Replicas) -> int:
    """How often Spotify was asked, for a new access token or anything else."""
    return len(await house.simulator.requests())


def age_of_one_that_ends_in(seconds: float) -> float:
    """Seconds since such a consent was given; up to three days less at the ends of months."""
    return time.time() - add_months(time.time() + seconds, -6)


def date(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


async def test_a_revoked_consent_costs_one_try_and_every_answer_has_the_link(
    house: Replicas, figures: Figures
) -> None:
    ada, bob = await enrol(house, 2, expired=True)
    await house.simulator.control("POST", "/revoke", json={"user": ada.handle})
    await house.simulator.forget_requests()
    said = await call_often(ada)
    linked = sum(CODE in text and LINK.search(text) is not None for text in said)
    figures.count("refresh token revoked, calls of 100 that name the link", linked, "== 100")
    figures.count("refresh token revoked, requests to Spotify in 100 calls", await tries(house), "== 1")
    account = (await ada.call("get_account")).text
    assert LINK.search(said[0])[1] in account  # type: ignore[index]
    assert not (await bob.call("get_account")).is_error


@pytest.mark.parametrize("minutes", [0, 40])
async def test_a_consent_revoked_while_its_access_token_lives_costs_one_request_more(
    house: Replicas, figures: Figures, minutes: int
) -> None:
    ada = await consented(house, minutes * 60)
    await house.simulator.control("POST", "/revoke", json={"user": ada.handle})
    await house.simulator.forget_requests()
    assert CODE in (await ada.call("list_library", {"kind": "tracks"})).text
    said = await call_often(ada)
    assert all(CODE in text and LINK.search(text) for text in said), said
    what = f"revoked {minutes} minutes into an access token, requests to Spotify in 101 calls"
    figures.count(what, await tries(house), "== 2")
    assert len(await house.simulator.refreshes()) == 1


async def test_six_calendar_months_after_the_consent_it_has_ended(house: Replicas, figures: Figures) -> None:
    ada, bob = await consented(house, age_of_one_that_ends_in(5 * DAY)), await consented(house, 90 * DAY)
    await house.simulator.advance(6 * DAY)
    await house.simulator.forget_requests()
    said = await call_often(ada)
    assert all(CODE in text and LINK.search(text) for text in said), said
    figures.count("six months over, requests to Spotify in 100 calls", await tries(house), "== 1")
    assert not (await bob.call("list_library", {"kind": "tracks"})).is_error


async def test_the_end_is_announced_from_14_days_ahead(house: Replicas, figures: Figures) -> None:
    now, warned = time.time(), {}
    for ahead in (5, 10, 13, 15, 20, 100):
        age = age_of_one_that_ends_in(ahead * DAY)
        left = add_months(now - age, 6) - now  # differs from `ahead` at the ends of long months
        told = (await (await consented(house, age)).call("get_account")).text
        assert "Spotify right now: works" in told
        days = {date(now + left), date(time.time() + left)}  # midnight may have come between
        assert any(f"Spotify consent ends: {day}" in told for day in days), told
        warned[ahead] = f"soon: renew it at {PUBLIC_URL}/renew?grant=" in told
        assert warned[ahead] == (left < 14 * DAY), told
    figures.count("consents near their end, of 6, announced in get_account", sum(warned.values()))
    assert warned[5]
    assert not warned[100]


async def test_renewing_keeps_the_person_their_other_clients_and_every_token(
    house: Replicas, figures: Figures
) -> None:
    ada = await sign_in(house, "ada")
    other = await sign_in(house, "ada", level="look")
    before = await stored(house)
    await house.simulator.control("POST", "/revoke", json={"user": "ada"})
    told = (await ada.call("list_library", {"kind": "tracks"})).text
    assert CODE in told
    assert CODE in (await other.call("list_library", {"kind": "tracks"})).text
    link = LINK.search(told)
    assert link is not None
    assert "All set" in await follow(house, link[1], "ada")
    for client in (ada, other):
        answer = await client.call("list_library", {"kind": "tracks"})
        assert not answer.is_error, answer.text
    after = await stored(house)
    lost = len(before["grants"] - after["grants"]) + len(before["users"] - after["users"])
    figures.count("people and grants lost by renewing", lost, "== 0")
    assert after["users"] == before["users"]
    for client in (ada, other):
        assert (await client.renew()).status_code == 200
        assert not (await client.call("get_account")).is_error
    assert (await other.call("create_playlist", {"name": "Mine"})).is_error  # it has what it had, no more


async def test_renewing_at_the_end_of_six_months_begins_six_new_ones(house: Replicas) -> None:
    now = time.time()
    ada = await consented(house, age_of_one_that_ends_in(5 * DAY))
    await house.simulator.advance(6 * DAY)
    told = (await ada.call("list_library", {"kind": "tracks"})).text
    link = LINK.search(told)
    assert link is not None
    assert "All set" in await follow(house, link[1], ada.handle)
    account = (await ada.call("get_account")).text
    days = {date(add_months(moment, 6)) for moment in (now, time.time())}
    assert any(f"Spotify consent ends: {day}" in account for day in days), account
    assert "soon" not in account


async def stored(house: Replicas) -> dict[str, set[str]]:
    """Who and what is in the database."""
    async with library(house) as inside:
        found = {
            "users": await inside.store.fetch(select(users.c.user_id)),
            "grants": await inside.store.fetch(
                select(grants.c.grant_id).where(grants.c.revoked_at.is_(None))
            ),
            "records": await inside.store.fetch(select(records.c.user_id)),
        }
    return {name: {row[0] for row in rows} for name, rows in found.items()}
