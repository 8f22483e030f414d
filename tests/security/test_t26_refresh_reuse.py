"""T26: a refresh token is replaced at each use; a lost answer may be asked for again; other reuse ends all

Real HTTP, and real processes where several race. The bar: ten refreshes at once get the same successor, so
does a repetition within 30 s; a grandparent, a repetition after the successor was used, or later, is refused
and ends the family.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from tests.authorization.house import Program, Tokens, tokens_for
from tests.people import enrol
from tests.replicas import at, replicas
from tests.security.several import PROCESSES

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

AT_ONCE: Final = 10
GRACE: Final = 30


class Family:
    """The tokens that descend from one sign-in, by the order in which they were issued."""

    def __init__(self, program: Program, first: Tokens) -> None:
        self.program = program
        self.tokens = [first]

    async def renew(self, generation: int = -1) -> str:
        """Use a refresh token; returns "new", "same" (as came before) or the refusal."""
        answer = await self.program.refresh(self.tokens[generation].refresh)
        if answer.status_code != 200:
            return str(answer.json()["error"])
        got = Tokens.of(answer)
        if got in self.tokens:
            return "same"
        self.tokens.append(got)
        return "new"

    async def is_alive(self) -> bool:
        """Whether any token of the family still opens anything."""
        calls = [(await self.program.whoami(tokens.access)).status_code for tokens in self.tokens]
        return 200 in calls


async def family(house: ServedHouse) -> Family:
    program = await Program.registered(house)
    return Family(program, await tokens_for(house, program))


@pytest.mark.server
async def test_ten_at_once_over_four_processes_get_the_same_successor(figures: Figures) -> None:
    async with replicas(PROCESSES) as house:
        people = await enrol(house, 3)
        successors, refused, forked = [], 0, 0
        for person in people:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": person.refresh,
                "client_id": person.client_id,
            }
            turns = [house.all[number % PROCESSES] for number in range(AT_ONCE)]
            answers = await asyncio.gather(
                *(house.http.post("/token", data=form, extensions=at(turn)) for turn in turns)
            )
            refused += sum(answer.status_code != 200 for answer in answers)
            pairs = {(got["access_token"], got["refresh_token"]) for got in (a.json() for a in answers)}
            successors.append(len(pairs))
            forked += len(pairs) - 1
            person.access, person.refresh = pairs.pop()
            assert not (await person.call("get_account")).is_error
            assert (await person.renew()).status_code == 200
        figures.count("refreshes at once of each token", AT_ONCE, ">= 10")
        figures.count("processes they were spread over", PROCESSES, ">= 4")
        figures.count("refreshes among them that were refused", refused, "== 0")
        figures.count("successors too many", forked, "== 0")
        assert successors == [1] * len(people)


@pytest.mark.parametrize("later", [0, 1, 15, GRACE - 1])
async def test_within_the_grace_a_repetition_gets_the_same_successor(
    served: ServedHouse, later: float
) -> None:
    of = await family(served)
    assert await of.renew() == "new"
    served.clock.advance(later)
    assert [await of.renew(0) for _ in range(3)] == ["same"] * 3
    assert await of.is_alive()


@pytest.mark.parametrize("later", [GRACE + 1, 3600, 29 * 24 * 3600])
async def test_after_the_grace_a_repetition_ends_the_family(served: ServedHouse, later: float) -> None:
    of = await family(served)
    assert await of.renew() == "new"
    served.clock.advance(later)
    assert await of.renew(0) == "invalid_grant"
    assert await of.renew(1) == "invalid_grant"
    assert not await of.is_alive()


async def test_once_the_successor_is_used_a_repetition_ends_the_family(served: ServedHouse) -> None:
    of = await family(served)
    assert [await of.renew(), await of.renew()] == ["new", "new"]
    assert await of.renew(0) == "invalid_grant"
    assert await of.renew(2) == "invalid_grant"
    assert not await of.is_alive()


@pytest.mark.parametrize("ancestor", [0, 1, 2])
async def test_no_ancestor_is_ever_answered(served: ServedHouse, ancestor: int) -> None:
    of = await family(served)
    assert [await of.renew() for _ in range(4)] == ["new"] * 4
    assert await of.renew(ancestor) == "invalid_grant"
    assert not await of.is_alive()


async def test_the_parent_alone_is_answered_while_its_successor_waits(served: ServedHouse) -> None:
    of = await family(served)
    assert [await of.renew() for _ in range(3)] == ["new"] * 3
    assert await of.renew(2) == "same"
    assert await of.is_alive()
    assert await of.renew(3) == "new"


async def test_a_repetition_does_not_lengthen_the_grace(served: ServedHouse) -> None:
    of = await family(served)
    assert await of.renew() == "new"
    served.clock.advance(GRACE - 1)
    assert await of.renew(0) == "same"
    served.clock.advance(2)
    assert await of.renew(0) == "invalid_grant"
    assert not await of.is_alive()


async def test_one_family_pays_and_no_other(served: ServedHouse) -> None:
    program = await Program.registered(served)
    ada = Family(program, await tokens_for(served, program, person="ada"))
    bram = Family(program, await tokens_for(served, program, person="bram"))
    adas_other = Family(program, await tokens_for(served, program, person="ada"))
    await ada.renew()
    served.clock.advance(GRACE + 1)
    assert await ada.renew(0) == "invalid_grant"
    assert [await bram.is_alive(), await adas_other.is_alive(), await ada.is_alive()] == [True, True, False]


async def test_another_client_can_neither_use_a_token_nor_end_its_family(served: ServedHouse) -> None:
    of, other = await family(served), await Program.registered(served)
    assert await of.renew() == "new"
    served.clock.advance(GRACE + 1)
    for tokens in of.tokens:
        assert (await other.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
    assert await of.is_alive()
    assert await of.renew(1) == "new"


async def test_what_fits_not_replaces_nothing(served: ServedHouse) -> None:
    of = await family(served)
    token = of.tokens[0].refresh
    refusals = [
        await of.program.refresh(token, resource="https://other.example/mcp"),
        await of.program.refresh(token, scope="read everything-there-is"),
        await of.program.refresh(token, client_id="0" * 32),
        await of.program.refresh(token, grant_type="authorization_code"),
    ]
    errors = [answer.json()["error"] for answer in refusals]
    assert errors == ["invalid_target", "invalid_scope", "invalid_client", "invalid_request"]
    served.clock.advance(GRACE + 1)
    assert await of.renew() == "new"
