"""T14: of any number of redemptions of a code, at any number of processes, one succeeds

Real processes over HTTP. The bar: 50 concurrent redemptions of a code over 4 processes give exactly one
success; and because the others used a code that was used, what the one got is worth nothing (ASVS 10.4.2).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from tests.authorization.house import Program, Tokens, code_for
from tests.people import Person, enrol
from tests.replicas import replicas
from tests.security.several import PROCESSES, Code, one_more_process

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = [pytest.mark.anyio, pytest.mark.server]

AT_ONCE: Final = 50
CODES: Final = 4


async def test_of_fifty_over_four_processes_one_gets_tokens_and_they_die(figures: Figures) -> None:
    async with replicas(PROCESSES) as house:
        (ada,) = await enrol(house, ["ada"])
        async with one_more_process(house) as server:
            codes = [await Code.of(ada, server) for _ in range(CODES)]
        successes, alive, others = [], 0, set()
        for code in codes:
            turns = [house.all[number % PROCESSES] for number in range(AT_ONCE)]
            answers = await asyncio.gather(*map(code.redeem, turns))
            won = [answer.json() for answer in answers if answer.status_code == 200]
            successes.append(len(won))
            others |= {answer.json()["error"] for answer in answers if answer.status_code != 200}
            alive += await still_alive(ada, won[0])
        assert successes == [1] * CODES
        assert others == {"invalid_grant"}
        figures.count("codes redeemed other than once", sum(won != 1 for won in successes), "== 0")
        figures.count("redemptions at once of each code", AT_ONCE, ">= 50")
        figures.count("processes they were spread over", PROCESSES, ">= 4")
        figures.count("tokens that outlived a second use of their code", alive, "== 0")
        assert not (await ada.call("get_account")).is_error


async def still_alive(person: Person, given: dict[str, str]) -> int:
    """How many of two tokens anybody of the processes still takes, a second later."""
    await asyncio.sleep(1)
    tokens = Person(
        person.house, person.handle, person.client_id, given["access_token"], given["refresh_token"]
    )
    statuses = [(await tokens.call("get_account", to=process)).status for process in person.house.all]
    renewals = [(await tokens.renew(to=process)).status_code for process in person.house.all]
    return sum(status != 401 for status in statuses) + sum(status != 400 for status in renewals)


async def test_a_second_use_an_hour_later_still_ends_what_the_first_one_gave(served: ServedHouse) -> None:
    program = await Program.registered(served)
    code = await code_for(served, program)
    tokens = Tokens.of(await program.redeem(code))
    served.clock.advance(1800)
    assert (await program.whoami(tokens.access)).status_code == 200
    again = await program.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await program.whoami(tokens.access)).status_code == 401
    assert (await program.refresh(tokens.refresh)).status_code == 400


async def test_it_ends_what_was_refreshed_meanwhile_and_nothing_else_of_that_client(
    served: ServedHouse,
) -> None:
    program = await Program.registered(served)
    code, other = await code_for(served, program), await code_for(served, program)
    theirs = Tokens.of(await program.redeem(other))
    tokens = Tokens.of(await program.redeem(code))
    renewed = Tokens.of(await program.refresh(tokens.refresh))
    assert (await program.redeem(code)).status_code == 400
    assert (await program.whoami(renewed.access)).status_code == 401
    assert (await program.refresh(renewed.refresh)).status_code == 400
    assert (await program.whoami(theirs.access)).status_code == 200
