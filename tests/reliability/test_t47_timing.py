"""T47: how long a refusal takes tells nothing about what is there

The bar: for each pair of refusals that a stranger could compare, the medians of up to 10,000 interleaved
requests differ by less than 5 %. Measured at the application's door, without sockets, so that differences
show more clearly than anybody could see them from outside. No endpoint takes a person's name; the nearest to
"existing or missing user" is a token of somebody who was erased against one that never existed.
"""

from __future__ import annotations

import gc
import math
import os
import random
import statistics
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from sqlalchemy import update

from auxcord.authorization.limits import Rates
from auxcord.authorization.tokens import Kind, new_secret, new_token
from auxcord.store.schema import access_tokens
from tests.authorization.house import House, Program, call_tool, code_for, open_house, tokens_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import httpx2

    from bench.figures import Figures

pytestmark = pytest.mark.anyio

MOST: Final = 10_000
"""Requests for each pair at most, half of each kind."""
ROUND: Final = MOST if os.environ.get("AUXCORD_TEST_FORM") == "nightly" else 2_000
"""Requests before the medians are looked at. A busy machine may need more rounds; a real difference stays."""
BAR: Final = 5.0
ANY_NUMBER: Final = Rates(tokens=None, sign_ins=None, registrations=None)
"""What is refused for its number is refused the same way, whatever it names."""


class Pair(NamedTuple):
    """Two values that are refused alike: one that never existed, and one that did or does.

    Args:
        name: What is asked with them.
        ask: Asks.
        unknown: Makes one that never existed.
        known: The other.
    """

    name: str
    ask: Callable[[str], Awaitable[httpx2.Response]]
    unknown: Callable[[], str]
    known: str


async def pairs_of(house: House) -> list[Pair]:
    """Every pair of refusals of which one is about something that exists, or did."""
    program, other = await Program.registered(house), await Program.registered(house)
    theirs, code = await tokens_for(house, other), await code_for(house, other)
    expired, erased = await tokens_for(house, program), await tokens_for(house, program, person="bram")
    seen = await house.provider.load_access_token(erased.access)
    assert seen is not None
    await house.accounts.forget(str(seen.subject))
    await expire(house, expired.access)

    def call(token: str) -> Awaitable[httpx2.Response]:
        return call_tool(program.http, token, "whoami")

    def access() -> str:
        return new_token(Kind.ACCESS)

    def refresh() -> str:
        return new_token(Kind.REFRESH)

    return [
        Pair("a call, with an unknown token or an expired one", call, access, expired.access),
        Pair("a call, with an unknown token or an erased person's", call, access, erased.access),
        Pair("a refresh, unknown or another client's", program.refresh, refresh, theirs.refresh),
        Pair("a refresh, unknown or an erased person's", program.refresh, refresh, erased.refresh),
        Pair("a revocation, unknown or another client's", program.revoke, refresh, theirs.refresh),
        Pair("a code, unknown or another client's", program.redeem, new_secret, code),
    ]


async def expire(house: House, token: str) -> None:
    seen = await house.provider.load_access_token(token)
    assert seen is not None
    async with house.store.write() as connection:
        past = update(access_tokens).where(access_tokens.c.grant_id == seen.token).values(expires_at=1.0)
        await connection.execute(past)


async def percent_between_medians(house: House, pair: Pair) -> float:
    """Time both, turn about in random order, until the medians are close or there are samples enough."""
    taken: tuple[list[int], list[int]] = ([], [])
    difference = math.inf
    while difference >= BAR and len(taken[0]) * 2 < MOST:
        for _ in range(ROUND // 2):
            turns = [(0, pair.unknown()), (1, pair.known)]
            random.shuffle(turns)
            for kind, value in turns:
                taken[kind].append(await nanoseconds(house, pair, value))
        one, other = statistics.median(taken[0]), statistics.median(taken[1])
        difference = abs(one - other) / min(one, other) * 100
    return difference


async def nanoseconds(house: House, pair: Pair, value: str) -> int:
    """Time one request; what is remembered of tokens is forgotten first."""
    house.provider.parts.verification._seen.clear()
    began = time.perf_counter_ns()
    answer = await pair.ask(value)
    taken = time.perf_counter_ns() - began
    assert answer.status_code in {200, 400, 401}
    return taken


async def test_medians_of_refusals_that_are_alike_differ_by_less_than_five_percent(
    tmp_path: Path, figures: Figures
) -> None:
    async with open_house(tmp_path, rates=ANY_NUMBER) as house:
        for pair in await pairs_of(house):
            gc.collect()
            gc.disable()
            try:
                difference = await percent_between_medians(house, pair)
            finally:
                gc.enable()
            figures.measure(f"percent between medians: {pair.name}", difference, f"< {BAR:g}")
