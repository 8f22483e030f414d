"""T15: an address captured at Spotify finishes nothing in another browser (CVE-2026-27124)

Real HTTP. Mallory begins a sign-in for a client of his, agrees in his own browser, and sends the address at
Spotify to a victim who is signed in there. The bar: whatever the victim's browser holds, our callback answers
403, Spotify's code is not redeemed, no code of ours is issued and nothing is linked or granted; the victim's
own sign-in, begun before or after, still works, and so does what the address was captured from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import func, select

from auxcord.store.schema import codes, grants, page_sessions, records, users
from tests.authorization.house import (
    SPOTIFY,
    Program,
    agree,
    answer_consent,
    open_consent,
    query_of,
    to_spotify,
    tokens_for,
)

if TYPE_CHECKING:
    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

ENTRANCES = ("authorize", "renew", "account page")
JARS = ("empty", "begun", "agreed", "finished", "signed in to the account page")
TABLES = (users, records, grants, codes, page_sessions)


class Captured(NamedTuple):
    """An address at Spotify, and the browser of whoever began that sign-in."""

    address: str
    browser: httpx2.AsyncClient


async def captured(house: ServedHouse, entrance: str) -> Captured:
    """Begin a sign-in of Mallory's in one of the ways there are, up to Spotify."""
    browser, program = house.browser(), await Program.registered(house)
    if entrance == "authorize":
        return Captured(await to_spotify(browser, program.authorize_url()), browser)
    tokens = await tokens_for(house, program, person="mallory", level="look")
    if entrance == "renew":
        seen = await house.provider.load_access_token(tokens.access)
        assert seen is not None
        return Captured(await to_spotify(browser, house.provider.sign_in_url(seen.token)), browser)
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers={"Origin": house.base})
    return Captured(away.headers["location"], browser)


async def victims_browser(house: ServedHouse, jar: str, program: Program) -> httpx2.AsyncClient:
    """A browser with cookies of its own from us."""
    browser = house.browser()
    if jar == "begun":
        await open_consent(browser, program.authorize_url())
    elif jar == "agreed":
        await to_spotify(browser, program.authorize_url())
    elif jar == "finished":
        await agree(house, browser, program.authorize_url(), person="ada")
    elif jar == "signed in to the account page":
        await tokens_for(house, program, person="ada")
        away = await browser.post("/account/sign-in", data={"x": "y"}, headers={"Origin": house.base})
        await arrive(house, browser, away.headers["location"], "ada")
    return browser


async def arrive(
    house: ServedHouse, browser: httpx2.AsyncClient, address: str, person: str
) -> httpx2.Response:
    """Open an address at Spotify as somebody who is signed in there, and come back to us."""
    await house.at_spotify(person)
    sent_back = await house.spotify.get(address)
    return await browser.get(sent_back.headers["location"])


async def stored(house: ServedHouse) -> list[int]:
    """How many rows there are of everything a sign-in makes."""
    rows = [await house.store.fetch(select(func.count()).select_from(table)) for table in TABLES]
    return [row[0][0] for row in rows]


async def redeemed(house: ServedHouse) -> int:
    return (await house.spotify_requests()).count("/api/token")


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_in_no_other_jar_does_a_captured_address_finish_anything(
    standing: ServedHouse, entrance: str, figures: Figures
) -> None:
    await standing.spotify.post("/_simulator/users", json={"handle": "mallory"})
    harmed, tried = [], 0
    for jar in JARS:
        program = await Program.registered(standing)
        browser = await victims_browser(standing, jar, program)
        taken = await captured(standing, entrance)
        before, spent = await stored(standing), await redeemed(standing)
        answer = await arrive(standing, browser, taken.address, "ada")
        tried += 1
        if answer.status_code != 403 or "location" in answer.headers:
            harmed.append((jar, answer.status_code))
        if [await stored(standing), await redeemed(standing)] != [before, spent]:
            harmed.append((jar, "something was stored or redeemed"))
        own = await agree(standing, browser, program.authorize_url(), person="ada")
        assert "code" in query_of(own.headers["location"]), f"the victim's own sign-in, jar {jar}"
        assert program.redirect_uri in own.headers["location"]
        rightful = await arrive(standing, taken.browser, taken.address, "mallory")
        while rightful.headers.get("location", "").startswith(SPOTIFY):
            rightful = await arrive(standing, taken.browser, rightful.headers["location"], "mallory")
        assert rightful.status_code in {200, 302, 303}, f"what it was captured from, jar {jar}"
    figures.count(
        f"cookie jars in which an address captured from {entrance} was opened", tried, f"== {len(JARS)}"
    )
    figures.count(f"of these, jars in which it did something ({entrance})", len(harmed), "== 0")


async def test_a_victim_in_the_middle_of_her_own_sign_in_finishes_it(standing: ServedHouse) -> None:
    program, browser = await Program.registered(standing), standing.browser()
    page = await open_consent(browser, program.authorize_url())
    taken = await captured(standing, "authorize")
    assert (await arrive(standing, browser, taken.address, "ada")).status_code == 403
    onward = await answer_consent(browser, page)
    assert (await arrive(standing, browser, taken.address, "ada")).status_code == 403
    own = await arrive(standing, browser, onward, "ada")
    while own.headers.get("location", "").startswith(SPOTIFY):
        own = await arrive(standing, browser, own.headers["location"], "ada")
    assert "code" in query_of(own.headers["location"])


async def test_the_cookie_of_the_right_name_with_another_value_is_no_key(standing: ServedHouse) -> None:
    taken = await captured(standing, "authorize")
    (name,) = [cookie.name for cookie in taken.browser.cookies.jar if "account" not in cookie.name]
    for value in ("x" * 43, "", "x" * 4_000):
        browser = standing.browser()
        browser.cookies.set(name, value)
        assert (await arrive(standing, browser, taken.address, "ada")).status_code == 403
