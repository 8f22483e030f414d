"""The whole way: register, agree, sign in to Spotify, get tokens, call a tool."""

from __future__ import annotations

import asyncio

import pytest

from tests.authorization.house import (
    BASE,
    House,
    Program,
    Tokens,
    agree,
    answer_consent,
    code_for,
    open_consent,
    open_house,
    query_of,
    tokens_for,
)

pytestmark = pytest.mark.anyio


async def test_a_person_signs_in_and_the_program_calls_a_tool_as_them(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    answer = await program.whoami(tokens.access)
    assert answer.status_code == 200
    assert "read playback edit" in answer.text


async def test_the_answer_to_the_program_carries_code_state_and_issuer_once(
    house: House, program: Program
) -> None:
    answer = await agree(house, house.browser(), program.authorize_url(state="a b&c"))
    assert answer.headers["location"].startswith(program.redirect_uri)
    query = query_of(answer.headers["location"])
    assert set(query) == {"code", "state", "iss"}
    assert query["state"] == "a b&c"
    assert query["iss"] == BASE


async def test_a_program_that_sends_no_state_gets_none_back(house: House, program: Program) -> None:
    answer = await agree(house, house.browser(), program.authorize_url(state=None))
    assert set(query_of(answer.headers["location"])) == {"code", "iss"}


async def test_two_people_who_sign_in_to_one_program_at_once_stay_apart(
    house: House, program: Program
) -> None:
    ada = await tokens_for(house, program, person="ada")
    bram = await tokens_for(house, program, person="bram")
    answers = await asyncio.gather(*(program.whoami(token) for token in [ada.access, bram.access] * 10))
    subjects = [answer.text.split('"text":"')[1].split()[0] for answer in answers]
    assert len(set(subjects)) == 2
    assert subjects == subjects[:2] * 10


async def test_the_same_person_is_the_same_user_in_every_program(house: House, program: Program) -> None:
    other = await Program.registered(house)
    first = await program.whoami((await tokens_for(house, program)).access)
    second = await other.whoami((await tokens_for(house, other)).access)
    assert first.text == second.text


async def test_the_access_token_names_the_grant_and_never_itself(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    assert seen.token not in {tokens.access, tokens.refresh}
    assert seen.subject
    assert seen.claims == {"iss": BASE, "spotify_app": house.oauth.client_id}
    assert seen.resource == f"{BASE}/mcp"


@pytest.mark.parametrize(
    ("level", "scope"),
    [("look", "read"), ("control", "read playback"), ("everything", "read playback edit")],
)
async def test_the_person_decides_what_the_program_gets(
    house: House, program: Program, level: str, scope: str
) -> None:
    tokens = await tokens_for(house, program, level=level)
    assert tokens.scope == scope
    assert f" {scope}" in (await program.whoami(tokens.access)).text


@pytest.mark.parametrize(
    ("scope", "preselected"),
    [
        (None, "everything"),
        ("read", "look"),
        ("read playback", "control"),
        ("playback", "look"),
        ("read playback edit openid offline_access", "everything"),
        ("openid", "look"),
    ],
)
async def test_the_page_preselects_the_most_that_was_asked_for(
    house: House, program: Program, scope: str | None, preselected: str
) -> None:
    page = await open_consent(house.browser(), program.authorize_url(scope=scope))
    assert page.text.count(" checked>") == 1
    assert f'value="{preselected}" required checked' in page.text


async def test_only_the_spotify_scopes_of_the_chosen_level_are_asked_for(
    house: House, program: Program
) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    asked = query_of(await answer_consent(browser, page, level="look"))["scope"]
    assert "user-library-read" in asked
    assert "modify" not in asked


async def test_a_smaller_program_takes_nothing_from_a_larger_one(house: House, program: Program) -> None:
    await tokens_for(house, program, level="everything")
    smaller = await Program.registered(house)
    tokens = await tokens_for(house, smaller, level="look")
    assert tokens.scope == "read"
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    link = await house.accounts.describe(str(seen.subject))
    assert "playlist-modify-private" in link.scopes


async def test_refusing_on_our_page_tells_the_program(house: House, program: Program) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    back = await answer_consent(browser, page, decision="deny")
    query = query_of(back)
    assert back.startswith(program.redirect_uri)
    assert (query["error"], query["state"], query["iss"]) == ("access_denied", "the-state", BASE)
    assert "/authorize" not in await house.spotify_requests()
    assert (await browser.get(str(page.url))).status_code == 400


async def test_refusing_at_spotify_tells_the_program(house: House, program: Program) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    state = query_of(await answer_consent(browser, page))["state"]
    answer = await browser.get("/callback", params={"error": "access_denied", "state": state})
    query = query_of(answer.headers["location"])
    assert (query["error"], query["state"], query["iss"]) == ("access_denied", "the-state", BASE)
    assert "/api/token" not in await house.spotify_requests()


async def test_a_redirect_uri_with_a_query_keeps_it(house: House) -> None:
    program = await Program.registered(house, "https://client.example/cb?tenant=7&flag")
    answer = await agree(house, house.browser(), program.authorize_url())
    assert answer.headers["location"].startswith("https://client.example/cb?tenant=7&flag&code=")
    assert Tokens.of(await program.redeem(query_of(answer.headers["location"])["code"]))


@pytest.mark.parametrize(
    "redirect_uri", ["cursor://auth/cb", "com.example.app:/callback", "com.example.app://"]
)
async def test_an_app_that_opens_its_own_links_gets_its_code(house: House, redirect_uri: str) -> None:
    program = await Program.registered(house, redirect_uri)
    answer = await agree(house, house.browser(), program.authorize_url())
    assert answer.headers["location"].startswith(f"{redirect_uri}?code=")
    assert Tokens.of(await program.redeem(query_of(answer.headers["location"])["code"]))


async def test_several_sign_ins_can_run_in_one_browser(house: House, program: Program) -> None:
    browser = house.browser()
    one = await open_consent(browser, program.authorize_url(state="one"))
    two = await open_consent(browser, program.authorize_url(state="two"))
    for page in (two, one):
        await house.at_spotify("ada")
        sent_back = await house.spotify.get(await answer_consent(browser, page))
        answer = await browser.get(sent_back.headers["location"])
        assert "code" in query_of(answer.headers["location"])


async def test_over_https_the_cookie_carries_its_promises(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with open_house(tmp_path_factory.mktemp("https"), base="https://auxcord.test") as house:
        program = await Program.registered(house)
        page = await open_consent(house.browser(), program.authorize_url())
        cookie = page.headers["set-cookie"]
        assert cookie.startswith("__Host-aux_")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert page.headers["strict-transport-security"]


async def test_a_code_for_one_program_is_nothing_to_another(house: House, program: Program) -> None:
    other = await Program.registered(house)
    code = await code_for(house, program)
    refused = await other.redeem(code, code_verifier=program.verifier)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await program.redeem(code)).status_code == 200
