"""Refresh tokens: replaced at each use, forgiving of lost answers, merciless to theft."""

from __future__ import annotations

import pytest

from auxcord.authorization.tokens import Issued, Kind, is_token, new_token, open_successor, seal_successor
from tests.authorization.house import House, Program, Tokens, tokens_for

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def refused(program: Program, token: str) -> bool:
    answer = await program.refresh(token)
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


async def test_a_refresh_gives_new_tokens_and_both_access_tokens_work(house: House, program: Program) -> None:
    first = await tokens_for(house, program)
    second = Tokens.of(await program.refresh(first.refresh))
    assert {first.access, first.refresh}.isdisjoint({second.access, second.refresh})
    assert second.scope == first.scope
    assert (await program.whoami(second.access)).status_code == 200
    assert (await program.whoami(first.access)).status_code == 200


async def test_a_lost_answer_may_be_asked_for_again(house: House, program: Program) -> None:
    first = await tokens_for(house, program)
    second = Tokens.of(await program.refresh(first.refresh))
    house.clock.advance(29)
    answer = await program.refresh(first.refresh)
    assert Tokens.of(answer) == second
    assert answer.json()["expires_in"] == pytest.approx(3600 - 29, abs=2)


@pytest.mark.parametrize("token", ["", "x", "aux_rt_", "aux_rt_" + "A" * 49, "ü" * 56])
async def test_what_is_no_refresh_token_is_refused(program: Program, token: str) -> None:
    assert (await program.refresh(token)).status_code == 400


async def test_an_access_token_is_no_refresh_token(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    assert await refused(program, tokens.access)


async def test_a_refresh_token_lasts_thirty_days_from_its_issue(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    house.clock.advance(30 * DAY - 60)
    tokens = Tokens.of(await program.refresh(tokens.refresh))
    house.clock.advance(30 * DAY + 60)
    assert await refused(program, tokens.refresh)


async def test_no_refresh_token_outlives_the_consent_at_spotify(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    link = await house.accounts.describe(str(seen.subject))
    for _ in range(6):
        house.clock.advance(29 * DAY)
        tokens = Tokens.of(await program.refresh(tokens.refresh))
    house.clock.advance(link.consent_ends_at - house.clock() - 60)
    tokens = Tokens.of(await program.refresh(tokens.refresh))
    house.clock.advance(120)
    assert await refused(program, tokens.refresh)


async def test_a_person_who_was_erased_cannot_be_refreshed(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    await house.accounts.forget(str(seen.subject))
    assert await refused(program, tokens.refresh)
    house.clock.advance(0.6)
    assert (await program.whoami(tokens.access)).status_code == 401


async def test_what_has_expired_is_swept_away_and_what_lives_stays(house: House, program: Program) -> None:
    old, living = await tokens_for(house, program), await tokens_for(house, program)
    for _ in range(2):
        house.clock.advance(20 * DAY)
        living = Tokens.of(await program.refresh(living.refresh))
    await house.provider.parts.housekeeping.now()
    assert await refused(program, old.refresh)
    assert (await program.whoami(living.access)).status_code == 200
    assert Tokens.of(await program.refresh(living.refresh))


def test_a_token_with_a_wrong_sign_is_told_apart_without_asking_anybody() -> None:
    token = new_token(Kind.ACCESS)
    assert is_token(token, Kind.ACCESS)
    assert not is_token(token, Kind.REFRESH)
    for place in range(7, len(token)):
        sign = "A" if token[place] != "A" else "B"
        assert not is_token(token[:place] + sign + token[place + 1 :], Kind.ACCESS)


def test_a_successor_opens_with_the_token_it_replaced_and_no_other() -> None:
    old, other = new_token(Kind.REFRESH), new_token(Kind.REFRESH)
    issued = Issued(new_token(Kind.ACCESS), new_token(Kind.REFRESH), 1.0, ("read",))
    sealed = seal_successor(old, issued)
    assert open_successor(old, sealed) == issued
    assert open_successor(other, sealed) is None
    assert open_successor(old, sealed[:-1]) is None
    assert open_successor(old, b"") is None
    assert issued.access_token not in repr(issued)
    assert issued.refresh_token not in repr(issued)


async def test_a_process_whose_clock_is_behind_gives_the_same_successor(
    house: House, program: Program
) -> None:
    tokens = await tokens_for(house, program)
    house.clock.advance(5)
    second = Tokens.of(await program.refresh(tokens.refresh))
    house.clock.advance(-5)
    assert Tokens.of(await program.refresh(tokens.refresh)) == second
