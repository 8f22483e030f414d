"""T46: ten thousand registrations leave a bounded number of rows, and others still register

Real HTTP. The bar: of 10,000 registrations from one address all but what its limit allows are 429 with the
time to wait; another address registers at once; from ever new addresses the number of rows is capped; a day
later what nobody used is gone.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import func, select

from auxcord.authorization import clients as rules
from auxcord.store.schema import clients
from tests.authorization.house import REDIRECT, Program, tokens_for
from tests.security.served import served_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = [pytest.mark.anyio, pytest.mark.server]

FLOOD: Final = 10_000
AT_ONCE: Final = 32
BURST: Final = 30
PER_MINUTE: Final = 6
ROOM: Final = 400
"""So many rows are allowed in the second test; in earnest it is 50,000."""


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ServedHouse]:
    async with served_house(tmp_path) as house:
        yield house


async def rows_of(house: ServedHouse) -> int:
    found = await house.store.fetch(select(func.count()).select_from(clients))
    return int(found[0][0])


async def register(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/register", json={"redirect_uris": [REDIRECT]})


async def test_one_address_gets_what_its_limit_allows_and_no_more(
    house: ServedHouse, figures: Figures
) -> None:
    http, began = house.browser(), time.monotonic()
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> httpx2.Response:
        async with turns:
            return await register(http)

    answers = await asyncio.gather(*(one() for _ in range(FLOOD)))
    allowed = BURST + (time.monotonic() - began) / 60 * PER_MINUTE + 1
    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 429]
    helpful = [answer for answer in refused if int(answer.headers["retry-after"]) >= 1]
    figures.count("registrations tried from one address", len(answers), ">= 10000")
    figures.count("answers other than 201 and 429", len(answers) - len(made) - len(refused), "== 0")
    figures.count("refusals without a time to wait", len(refused) - len(helpful), "== 0")
    figures.count("rows beyond the limit of the address", max(0, await rows_of(house) - int(allowed)), "== 0")
    assert (await register(house.browser())).status_code == 201


async def test_from_ever_new_addresses_the_number_of_rows_is_capped_and_shrinks_by_itself(
    house: ServedHouse, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    monkeypatch.setattr(rules, "MOST_CLIENTS", ROOM)
    used = await Program.registered(house)
    tokens = await tokens_for(house, used)
    answers = [await register(house.browser()) for _ in range(ROOM + 50)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [201] * (ROOM - 1) + [503] * 51
    assert all(answer.headers["retry-after"] == "3600" for answer in answers[ROOM:])
    figures.count("rows beyond the cap", await rows_of(house) - ROOM, "== 0")
    house.clock.advance(25 * 3600)
    await house.provider.parts.housekeeping.now()
    figures.count("rows a day later: the one client that somebody uses", await rows_of(house), "== 1")
    assert (await used.refresh(tokens.refresh)).status_code == 200
    assert (await register(house.browser())).status_code == 201


async def test_the_limit_of_an_address_gives_again_with_time(
    house: ServedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(house.provider.parts.limits.registrations, "_clock", lambda: now)
    http = house.browser()
    assert [(await register(http)).status_code for _ in range(BURST + 1)] == [201] * BURST + [429]
    now += 10
    assert [(await register(http)).status_code for _ in range(2)] == [201, 429]
