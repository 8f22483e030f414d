"""How long an MCP client may stay away: as long as the operator says, never past the consent at Spotify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import ConsentTerms
from tests.authorization.house import Program, Tokens, open_house, tokens_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def refused(program: Program, token: str) -> bool:
    answer = await program.refresh(token)
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


async def test_a_refresh_token_lasts_as_long_as_the_operator_says(tmp_path: Path) -> None:
    async with open_house(tmp_path, refresh_seconds=3 * DAY) as house:
        program = await Program.registered(house)
        tokens = await tokens_for(house, program)
        for _ in range(3):  # each use begins it anew
            house.clock.advance(3 * DAY - 60)
            tokens = Tokens.of(await program.refresh(tokens.refresh))
        house.clock.advance(3 * DAY + 1)
        assert await refused(program, tokens.refresh)


async def test_a_refresh_token_never_outlives_the_consent_the_operator_lets_count(tmp_path: Path) -> None:
    terms = ConsentTerms(max_age=10 * DAY)
    async with open_house(tmp_path, terms=terms, refresh_seconds=180 * DAY) as house:
        program = await Program.registered(house)
        began = house.clock()
        first = await tokens_for(house, program)
        house.clock.advance(9 * DAY)
        second = Tokens.of(await program.refresh(first.refresh))
        house.clock.advance(began + 10 * DAY - house.clock() - 60)
        third = Tokens.of(await program.refresh(second.refresh))
        house.clock.advance(120)
        assert await refused(program, third.refresh)
        again = await tokens_for(house, program)  # a new consent, and all goes on
        house.clock.advance(9 * DAY)
        assert Tokens.of(await program.refresh(again.refresh))
