"""T25: what is taken back is worth nothing anywhere within a second

Real processes over HTTP. The bar: after a client gave a token back, after a person disconnected, and after
they withdrew what they gave to a client, every process answers 401 a second later at the latest; nobody else
notices.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.people import enrol, library
from tests.replicas import at, replicas
from tests.security.several import PROCESSES, Code, one_more_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

WAYS: Final = (
    "the client gives its access token back",
    "the client gives its refresh token back",
    "the person disconnects",
    "the person withdraws what they gave the client",
)


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(PROCESSES) as house:
        yield house


async def take_back(person: Person, way: str) -> None:
    """Take what a person gave a client back, in one of the ways there are."""
    house = person.house
    if way.startswith("the client"):
        token = person.access if "access" in way else person.refresh
        form = {"token": token, "client_id": person.client_id}
        answer = await house.http.post("/revoke", data=form, extensions=at(house.all[0]))
        assert answer.status_code == 200
        return
    if way == "the person disconnects":
        async with library(house) as inside:
            assert await inside.accounts.forget(person.user_id)
        return
    async with one_more_process(house) as server:
        await server.grants.revoke_client(person.user_id, person.client_id)


async def statuses(person: Person) -> list[int]:
    """What every process answers to a call."""
    calls = (person.call("get_account", to=process) for process in person.house.all)
    return [answer.status for answer in await asyncio.gather(*calls)]


async def seconds_until_dead(person: Person) -> float:
    """How long it takes until every process answers 401; a minute at most."""
    began = time.perf_counter()
    async with asyncio.timeout(60):
        while set(await statuses(person)) != {401}:
            pass
    return time.perf_counter() - began


@pytest.mark.parametrize("way", WAYS)
async def test_a_second_later_every_process_answers_401(house: Replicas, way: str, figures: Figures) -> None:
    person, bystander = await enrol(house, 2)
    assert await statuses(person) + await statuses(bystander) == [200] * 2 * PROCESSES
    await take_back(person, way)
    await asyncio.sleep(1)
    late = [status for status in await statuses(person) if status != 401]
    figures.count(f"processes of {PROCESSES} that take a token a second after {way}", len(late), "== 0")
    assert await statuses(bystander) == [200] * PROCESSES
    refused = [await person.renew(to=process) for process in house.all]
    assert [answer.json()["error"] for answer in refused] == ["invalid_grant"] * PROCESSES


async def test_how_long_it_takes(house: Replicas, figures: Figures) -> None:
    slowest = 0.0
    for person in await enrol(house, 5):
        assert await statuses(person) == [200] * PROCESSES
        await take_back(person, WAYS[0])
        slowest = max(slowest, await seconds_until_dead(person))
    figures.measure("seconds until every process answers 401, slowest of five", slowest)


async def test_a_second_code_of_the_same_client_ends_with_the_rest(house: Replicas) -> None:
    (person,) = await enrol(house, 1)
    async with one_more_process(house) as server:
        pending = await Code.of(person, server)
        await server.grants.revoke_client(person.user_id, person.client_id)
    refused = await pending.redeem(house.all[1])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
