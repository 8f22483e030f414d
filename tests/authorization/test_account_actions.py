"""The account page's buttons: each does at once what it says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import Admission
from auxcord.audit import Event
from auxcord.audit.verification import verify
from auxcord.authorization.sessions import SESSION_SECONDS
from auxcord.store.schema import metadata
from tests.authorization.account import (
    COOKIE,
    count,
    page_of,
    press,
    through_spotify,
    told,
    visit,
    words,
)
from tests.authorization.house import (
    BASE,
    SPOTIFY,
    House,
    Program,
    Tokens,
    tokens_for,
)

if TYPE_CHECKING:
    import httpx2

pytestmark = pytest.mark.anyio


# --- What the buttons do ------------------------------------------------------------------------------------


async def test_removing_an_app_ends_its_access_within_a_second_everywhere(
    house: House, browser: httpx2.AsyncClient, program: Program, tokens: Tokens
) -> None:
    other = await Program.registered(house, client_name="Another program")
    kept = await tokens_for(house, other)
    elsewhere = house.another_process()
    assert await elsewhere.load_access_token(tokens.access) is not None
    answer = await press(browser, "remove", client=program.client_id)
    assert answer.status_code == 303
    assert (await program.whoami(tokens.access)).status_code == 401
    house.clock.advance(1)
    assert await elsewhere.load_access_token(tokens.access) is None
    assert (await program.refresh(tokens.refresh)).status_code == 400
    assert (await other.whoami(kept.access)).status_code == 200
    shown = words(await page_of(browser, answer.headers["location"].removeprefix(BASE)))
    assert "Its access was removed." in shown
    assert "You removed the access of Test program." in shown
    assert (await told(house)).count(Event.ACCESS_REVOKED) == 1


async def test_removing_an_app_of_somebody_else_changes_nothing(
    house: House, browser: httpx2.AsyncClient
) -> None:
    other = await Program.registered(house)
    theirs = await tokens_for(house, other, person="bram")
    await press(browser, "remove", client=other.client_id)
    assert (await other.whoami(theirs.access)).status_code == 200
    await press(browser, "remove", client="")
    assert Event.ACCESS_REVOKED not in await told(house)


async def test_renewing_goes_to_spotify_and_renews_the_consent(
    house: House, browser: httpx2.AsyncClient
) -> None:
    house.clock.advance(SESSION_SECONDS - 10)
    away = await press(browser, "renew")
    assert away.headers["location"].startswith(SPOTIFY)
    assert "playlist-modify-private" in away.headers["location"]  # as much as the apps were given
    page = await through_spotify(house, browser, away.headers["location"])
    assert "Your link to Spotify is renewed." in words(page)
    assert (await told(house)).count(Event.LINK_RENEWED) == 1


async def test_renewing_with_another_spotify_account_is_refused(
    house: House, browser: httpx2.AsyncClient
) -> None:
    away = await press(browser, "renew")
    page = await through_spotify(house, browser, away.headers["location"], person="bram")
    assert page.status_code == 409
    assert "different Spotify account" in page.text
    assert await count(house, "users") == 1


async def test_the_download_holds_everything_and_no_secret(
    house: House, browser: httpx2.AsyncClient, tokens: Tokens
) -> None:
    answer = await press(browser, "data")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="auxcord-my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    content = json.loads(answer.text)
    theirs = {"users", "grants"}
    of_people = {
        name
        for name, table in metadata.tables.items()
        if any(key.column.table.name in theirs for key in table.foreign_keys)
    } | {"users"}
    assert of_people - content.keys() - {"audit_details"} == set()
    assert content["spotify_link"]["display_name"].startswith("Ada")
    assert [entry["event"] for entry in content["audit"]][-1] == Event.DATA_DOWNLOADED
    assert len(content["grants"]) == 1
    link = await house.accounts.disclose(content["users"][0]["user_id"])
    assert content["spotify_link"].keys() == link.keys()
    secrets = [tokens.access, tokens.refresh, browser.cookies[COOKIE]]
    secrets.append(await house.accounts.access_token(content["users"][0]["user_id"]))
    assert [secret for secret in secrets if secret in answer.text] == []
    assert "refresh_token" not in content["spotify_link"]
    assert re.search(r"hash|sealed|wrapped|salt", answer.text.replace("token_hash", "hash")) is None


async def test_erasing_asks_twice_and_leaves_nothing(
    house: House, browser: httpx2.AsyncClient, program: Program, tokens: Tokens
) -> None:
    at_once = await press(browser, "erase")  # with the proof of the first page only
    assert at_once.status_code == 403
    assert await count(house, "users") == 1
    secret = browser.cookies[COOKIE]
    done = await press(browser, "erase", page="/account/erase")
    assert done.status_code == 200
    assert "Everything is erased" in done.text
    assert COOKIE not in browser.cookies
    left = {name for name in metadata.tables if await count(house, name)}
    assert left <= {"server_keys", "clients", "audit", "audit_details", "audit_checkpoints", "sign_ins"}
    house.clock.advance(1)
    assert (await program.whoami(tokens.access)).status_code == 401
    browser.cookies.set(COOKIE, secret)
    assert "Sign in with Spotify" in (await browser.get("/account")).text
    assert (await visit(house, browser)).status_code == 404
    assert (await told(house)).count(Event.ERASED) == 1
    verdict = await verify(house.store, house.accounts.trail.key)
    assert verdict.fault is None


async def test_who_is_no_longer_admitted_still_sees_and_erases_what_is_kept(
    house: House, browser: httpx2.AsyncClient
) -> None:
    house.accounts.admission = Admission(allowed=("somebody-else",))
    again = house.browser()
    assert "Apps with access" in (await visit(house, again)).text
    away = await press(again, "renew")
    refused = await through_spotify(house, again, away.headers["location"])
    assert refused.status_code == 403
    assert (await press(again, "erase", page="/account/erase")).status_code == 200
    assert await count(house, "users") == 0


async def test_signing_out_ends_the_session(house: House, browser: httpx2.AsyncClient) -> None:
    secret = browser.cookies[COOKIE]
    answer = await press(browser, "sign-out")
    assert "You are signed out." in words(await page_of(browser, answer.headers["location"]))
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, secret)
    assert "Sign in with Spotify" in (await browser.get("/account")).text
    assert await count(house, "page_sessions") == 0
