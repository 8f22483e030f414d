"""Widening and renewing what a program has, without the program's help."""

from __future__ import annotations

import pytest

from tests.authorization.house import (
    BASE,
    House,
    Program,
    Tokens,
    agree,
    answer_consent,
    fields_of,
    open_consent,
    tokens_for,
)

pytestmark = pytest.mark.anyio


async def link_for(house: House, tokens: Tokens) -> str:
    """The link a tool hands to a person who wants to allow more."""
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    return house.provider.sign_in_url(seen.token)


async def test_the_same_token_can_do_more_after_the_person_agreed(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, level="look")
    done = await agree(house, house.browser(), await link_for(house, tokens), level="everything")
    assert done.status_code == 200
    assert "All set" in done.text
    assert "read playback edit" in (await program.whoami(tokens.access)).text
    assert Tokens.of(await program.refresh(tokens.refresh)).scope == "read playback edit"


async def test_another_process_notices_within_half_a_second(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, level="look")
    other = house.another_process()
    before = await other.load_access_token(tokens.access)
    assert before is not None
    assert before.scopes == ["read"]
    await agree(house, house.browser(), await link_for(house, tokens), level="control")
    house.clock.advance(0.51)
    after = await other.load_access_token(tokens.access)
    assert after is not None
    assert after.scopes == ["read", "playback"]


async def test_only_wider_levels_are_offered_and_the_present_one_is_chosen(
    house: House, program: Program
) -> None:
    tokens = await tokens_for(house, program, level="control")
    page = await open_consent(house.browser(), await link_for(house, tokens))
    assert 'value="look"' not in page.text
    assert 'value="control" required checked' in page.text


async def test_somebody_else_cannot_widen_it(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, person="ada", level="look")
    await tokens_for(house, program, person="bram")
    answer = await agree(house, house.browser(), await link_for(house, tokens), person="bram")
    assert answer.status_code == 409
    assert "different Spotify account" in answer.text
    assert (await program.whoami(tokens.access)).text.count("playback") == 0


async def test_a_stranger_cannot_widen_it_and_is_not_enrolled(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, person="ada", level="look")
    answer = await agree(house, house.browser(), await link_for(house, tokens), person="chidi")
    assert answer.status_code == 409


async def test_refusing_changes_nothing(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, level="look")
    browser = house.browser()
    page = await open_consent(browser, await link_for(house, tokens))
    data = {**fields_of(page), "level": "everything", "decision": "deny"}
    answer = await browser.post("/consent", data=data, headers={"Origin": BASE})
    assert answer.status_code == 200
    assert "Nothing was changed" in answer.text
    assert "edit" not in (await program.whoami(tokens.access)).text


async def test_a_token_that_asked_for_less_stays_as_it_is(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, level="control")
    less = Tokens.of(await program.refresh(tokens.refresh, scope="read"))
    await agree(house, house.browser(), await link_for(house, tokens), level="everything")
    narrow = await house.provider.load_access_token(less.access)
    assert narrow is not None
    assert narrow.scopes == ["read"]
    assert Tokens.of(await program.refresh(less.refresh)).scope == "read playback edit"


async def test_a_grant_that_is_gone_cannot_be_widened(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    link = await link_for(house, tokens)
    browser = house.browser()
    page = await open_consent(browser, link)
    await program.revoke(tokens.access)
    assert (await browser.get(link)).status_code == 404
    await house.at_spotify("ada")
    back = (await house.spotify.get(await answer_consent(browser, page))).headers["location"]
    answer = await browser.get(back)
    assert answer.status_code == 404
    assert "no longer exists" in answer.text
    assert (await program.whoami(tokens.access)).status_code == 401
    for path in ("/renew", "/renew?grant=", "/renew?grant=x&grant=y"):
        assert (await browser.get(path)).status_code in {400, 404}
