"""The account page: who is let in, what they see, and who may press its buttons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from auxcord.audit import Event
from auxcord.authorization.sessions import SESSION_SECONDS
from auxcord.store.schema import grants, metadata, page_sessions, users
from tests.authorization.account import (
    COOKIE,
    OURS,
    STEPS,
    count,
    page_of,
    through_spotify,
    told,
    visit,
    words,
)
from tests.authorization.house import (
    APP,
    BASE,
    SPOTIFY,
    House,
    Program,
    Tokens,
    fields_of,
    open_house,
    tokens_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

pytestmark = pytest.mark.anyio


# --- Getting in ---------------------------------------------------------------------------------------------


async def test_without_a_session_there_is_only_the_way_in(house: House) -> None:
    page = await page_of(house.browser())
    assert "Sign in with Spotify" in page.text
    assert "Apps with access" not in page.text
    assert await count(house, "sign_ins") == 0
    assert "set-cookie" not in page.headers


async def test_spotify_is_asked_only_who_it_is_and_the_link_stays_as_it_was(
    house: House, browser: httpx2.AsyncClient, program: Program, tokens: Tokens
) -> None:
    ada = (await house.store.fetch(select(users.c.user_id)))[0].user_id
    before = await house.accounts.access_token(ada)
    away = await house.browser().post("/account/sign-in", data={"x": "y"}, headers=OURS)
    assert "scope=user-read-private&" in away.headers["location"]
    assert "code_challenge_method=S256" in away.headers["location"]
    await visit(house, house.browser())
    assert await house.accounts.access_token(ada) == before
    house.clock.advance(3700)
    assert await house.accounts.access_token(ada) != before  # its refresh token still works
    fresh = Tokens.of(await program.refresh(tokens.refresh))
    assert (await program.whoami(fresh.access)).status_code == 200


async def test_a_stranger_reads_a_kind_page_and_nothing_is_stored(house: House, program: Program) -> None:
    browser = house.browser()
    page = await visit(house, browser, person="bram")
    assert page.status_code == 404
    assert "Nothing is kept about you here" in page.text
    assert COOKIE not in browser.cookies
    stored = {
        name: await count(house, name) for name in metadata.tables if name not in {"server_keys", "clients"}
    }
    assert {name for name, rows in stored.items() if rows and not name.startswith("audit")} == set()
    assert await told(house) == [Event.CLIENT_REGISTERED]


async def test_the_cookie_is_for_this_browser_and_scripts_never_see_it(house: House, tokens: Tokens) -> None:
    browser = house.browser()
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
    await house.at_spotify("ada")
    back = (await house.spotify.get(away.headers["location"])).headers["location"]
    thief = await house.browser().get(back)
    assert thief.status_code == 403  # the sign-in belongs to the browser that began it
    answer = await browser.get(back)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Max-Age=900" in cookie
    assert "Path=/" in cookie
    value = browser.cookies[COOKIE]
    database = b"".join(file.read_bytes() for file in house.store.path.parent.iterdir())
    assert value.encode() not in database
    assert await count(house, "page_sessions") == 1


async def test_over_https_the_cookie_carries_the_host_promise(tmp_path: Path) -> None:
    async with open_house(tmp_path, base="https://music.example.org") as house:
        ours, app = {"Origin": house.base}, {"redirect_uris": [f"{house.base}/callback"]}
        registered = await house.spotify.post("/_simulator/apps", json={"client_id": APP.client_id, **app})
        assert registered.is_success
        await tokens_for(house, await Program.registered(house))
        browser = house.browser()
        away = await browser.post("/account/sign-in", data={"x": "y"}, headers=ours)
        page = await through_spotify(house, browser, away.headers["location"])
        assert "Apps with access" in page.text
        assert "__Host-aux_account" in browser.cookies


async def test_who_turns_back_at_spotify_is_where_they_were(house: House, tokens: Tokens) -> None:
    browser = house.browser()
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
    state = re.search(r"state=([^&]+)", away.headers["location"])
    assert state is not None
    back = await browser.get("/callback", params={"error": "access_denied", "state": state[1]})
    assert back.headers["location"] == f"{BASE}/account"
    assert Event.CONSENT_DENIED not in await told(house)
    assert COOKIE not in browser.cookies


async def test_a_visit_can_be_tried_again_after_spotify_failed(house: House, tokens: Tokens) -> None:
    browser = house.browser()
    await house.spotify_answers("/api/token", 503)
    page = await visit(house, browser)
    assert page.status_code == 503
    retry = re.search(r'href="([^"]+/account\?ticket=[^"]+)"', page.text)
    assert retry is not None
    again = await page_of(browser, retry[1])
    away = await browser.post("/account/sign-in", data=fields_of(again), headers=OURS)
    assert await count(house, "sign_ins") == 1
    arrived = await through_spotify(house, browser, away.headers["location"])
    assert "Apps with access" in arrived.text


async def test_a_visits_ticket_opens_no_consent_page_and_a_clients_no_account(
    house: House, program: Program, tokens: Tokens
) -> None:
    browser = house.browser()
    await house.spotify_answers("/api/token", 503)
    ticket = re.search(r"ticket=([\w-]+)", (await visit(house, browser)).text)
    assert ticket is not None
    assert (await browser.get(f"/consent?ticket={ticket[1]}")).status_code == 400
    elsewhere = await house.browser().post("/account/sign-in", data={"ticket": ticket[1]}, headers=OURS)
    assert elsewhere.status_code == 303  # a sign-in of its own: the ticket is another browser's
    other = house.browser()
    first = await other.get(program.authorize_url())
    theirs = first.headers["location"].partition("ticket=")[2]
    away = await other.post("/account/sign-in", data={"ticket": theirs}, headers=OURS)
    assert "scope=user-read-private&" in away.headers["location"]


async def test_sign_ins_from_one_address_are_bounded(house: House) -> None:
    browser = house.browser()
    statuses = [
        (await browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)).status_code
        for _ in range(200)  # one more is let in each second
    ]
    assert statuses[0] == 303
    assert statuses[-1] == 429


# --- What is shown ------------------------------------------------------------------------------------------


async def test_the_page_tells_link_apps_and_activity_in_plain_words(
    house: House, browser: httpx2.AsyncClient, program: Program, tokens: Tokens
) -> None:
    await program.refresh(tokens.refresh)
    shown = words(await page_of(browser))
    for expected in (
        "Ada",
        "Linked",
        "Test program",
        "Look, control and edit",
        "Registered by itself, name not verified",
        "a program on this computer",
        "You gave Test program access.",
        "Test program renewed its access.",
        "Your Spotify account was linked.",
        "Times are UTC",
    ):
        assert expected in shown, expected


async def test_nobody_sees_anything_of_anybody_else(
    house: House, browser: httpx2.AsyncClient, program: Program
) -> None:
    other = await Program.registered(house, client_name="Brams program")
    await tokens_for(house, other, person="bram")
    theirs = house.browser()
    await visit(house, theirs, person="bram")
    assert "Brams program" in (await page_of(theirs)).text
    assert "Test program" not in (await page_of(theirs)).text
    assert "Brams program" not in (await page_of(browser)).text


async def test_an_app_is_called_in_the_activity_what_it_calls_itself(
    house: House, browser: httpx2.AsyncClient
) -> None:
    for name in ("mcp-remote", ""):
        await tokens_for(house, await Program.registered(house, client_name=name))
    page = words(await page_of(browser))
    assert "mcp-remote was connected." in page
    assert "An app without a name was connected." in page


async def test_what_an_app_calls_itself_is_shown_as_text(house: House, browser: httpx2.AsyncClient) -> None:
    name = "<img src=x onerror=alert(1)>\u202eevil"
    await tokens_for(house, await Program.registered(house, client_name=name))
    page = await page_of(browser)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    assert "\u202e" not in page.text


@pytest.mark.parametrize("path", ["/account", "/account/erase"])
async def test_the_page_keeps_to_itself(house: House, browser: httpx2.AsyncClient, path: str) -> None:
    page = await page_of(browser, path)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"].split() == ["'self'", SPOTIFY]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "aux_at_" not in page.text
    assert browser.cookies[COOKIE] not in page.text


async def test_a_consent_that_ends_soon_is_told(house: House, browser: httpx2.AsyncClient) -> None:
    house.clock.advance(175 * 86400)
    browser = house.browser()
    assert "Ends soon" in words(await visit(house, browser))
    house.clock.advance(20 * 86400)


# --- Who may press them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
async def test_a_form_without_or_with_a_foreign_proof_does_nothing(
    house: House, browser: httpx2.AsyncClient, step: str
) -> None:
    theirs = house.browser()
    await tokens_for(house, await Program.registered(house), person="bram")
    await visit(house, theirs, person="bram")
    page = "/account/erase" if step == "erase" else "/account"
    foreign = fields_of(await page_of(theirs, page))["csrf"]
    before = await told(house)
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}, {"csrf": foreign}):
        answer = await browser.post(f"/account/{step}", data={"x": "y", **csrf}, headers=OURS)
        assert answer.status_code == 403, csrf
    assert await told(house) == before
    assert await count(house, "users") == 2
    assert await count(house, "page_sessions") == 2


@pytest.mark.parametrize("step", [*STEPS, "sign-in"])
@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1:8001"])
async def test_a_form_of_another_site_does_nothing(
    house: House, browser: httpx2.AsyncClient, step: str, origin: str
) -> None:
    form = fields_of(await page_of(browser, "/account/erase" if step == "erase" else "/account"))
    before = await count(house, "sign_ins")
    answer = await browser.post(f"/account/{step}", data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert await count(house, "users") == 1
    assert await count(house, "sign_ins") == before


@pytest.mark.parametrize("step", STEPS)
async def test_a_session_that_is_over_can_do_nothing(
    house: House, browser: httpx2.AsyncClient, program: Program, tokens: Tokens, step: str
) -> None:
    form = fields_of(await page_of(browser, "/account/erase" if step == "erase" else "/account"))
    form["client"] = program.client_id
    house.clock.advance(SESSION_SECONDS)
    answer = await browser.post(f"/account/{step}", data=form, headers=OURS)
    assert answer.headers["location"] == f"{BASE}/account?note=over"
    assert "signed out after 15 minutes" in words(await page_of(browser, "/account?note=over"))
    assert "Apps with access" not in (await browser.get("/account")).text
    assert (await program.whoami(tokens.access)).status_code == 200
    await house.provider.parts.housekeeping.now()
    assert await count(house, "page_sessions") == 0


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "é" * 43, "' OR 1=1 --"])
async def test_a_foreign_cookie_opens_nothing(house: House, tokens: Tokens, value: str) -> None:
    cookie = f"{COOKIE}={value}".encode()
    answer = await house.browser().get("/account", headers=[(b"cookie", cookie)])
    assert answer.status_code == 200
    assert "Sign in with Spotify" in answer.text
    refused = await house.browser().get("/account/erase", headers=[(b"cookie", cookie)])
    assert refused.headers["location"] == f"{BASE}/account?note=over"


async def test_what_is_no_form_is_refused(house: House, browser: httpx2.AsyncClient) -> None:
    assert (await browser.post("/account/erase", json={"csrf": "x"}, headers=OURS)).status_code == 400
    assert (await browser.get("/account?note=a&note=b")).status_code == 400
    assert "evil" not in (await browser.get("/account?note=evil")).text
    assert (await browser.head("/account")).status_code == 405
    assert (await browser.get("/account/remove")).status_code == 405


async def test_every_way_to_the_page_is_named(house: House, program: Program) -> None:
    consent = await house.browser().get(
        (await house.browser().get(program.authorize_url())).headers["location"]
    )
    assert f'href="{BASE}/account"' in consent.text
    assert f'href="{BASE}/account"' in (await house.browser().get("/")).text


async def test_the_page_says_so_when_the_database_fails(house: House, browser: httpx2.AsyncClient) -> None:
    form = fields_of(await page_of(browser, "/account/erase"))
    async with house.store.write() as connection:
        await connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT missing_function(); END")
        )
    answer = await browser.post("/account/erase", data=form, headers=OURS)
    assert answer.status_code == 503
    assert await count(house, "users") == 1  # what cannot be told is not done
    assert await house.store.fetch(select(grants.c.grant_id))
    assert await house.store.fetch(select(page_sessions.c.user_id))
