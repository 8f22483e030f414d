"""T45: who asks too much is told when to come back, and nobody else notices

A real server process and real sockets. The bar: 429 with Retry-After over HTTP and a plain result inside MCP,
for a person, a client, an address and everybody together; other people unaffected; X-Forwarded-For believed
from configured proxies only; bounded memory for a million keys.
"""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import pytest

from auxcord.authorization.limits import Limit
from bench.raw import call_request
from tests.people import enrol, register, sign_in
from tests.replicas import at, replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

KEYS: Final = 1_000_000
BURST: Final = 10
SLOWLY: Final = f"1/h burst {BURST}"


@asynccontextmanager
async def limited(**rates: str) -> AsyncIterator[Replicas]:
    """One server with these limits."""
    settings = {f"AUXCORD_RATE_LIMIT_{what.upper()}": rate for what, rate in rates.items()}
    async with replicas(1, settings=settings) as house:
        yield house


def lines_of(house: Replicas) -> list[dict[str, object]]:
    """What the audit trail was told of limits."""
    lines = [line for line in house.logs().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, lines) if line.get("event") == "server:limit:hit"]


async def test_a_person_over_their_limit_gets_a_plain_result_and_others_do_not(
    figures: Figures,
) -> None:
    async with limited(user=SLOWLY) as house:
        ada, bo = await enrol(house, 2)
        adas = [await ada.call("list_devices") for _ in range(BURST + 5)]
        bos = [await bo.call("list_devices") for _ in range(BURST)]
        lines = lines_of(house)
    assert [answer.is_error for answer in adas] == [False] * BURST + [True] * 5
    assert all(answer.status == 200 for answer in adas)
    assert "[too_many_requests]" in adas[-1].text
    assert "Come back in 3" in adas[-1].text  # an hour, less what has passed
    assert not any(answer.is_error for answer in bos)
    assert [line["fact_limit"] for line in lines] == ["requests of one person"]
    figures.count("calls of another person refused", sum(answer.is_error for answer in bos), "== 0")


async def test_a_client_over_its_limit_is_told_so_whoever_uses_it() -> None:
    async with limited(client=SLOWLY) as house:
        ada, bo = await enrol(house, 2)
        assert ada.client_id == bo.client_id
        answers = [await (ada, bo)[turn % 2].call("list_devices") for turn in range(BURST + 4)]
        stranger = await sign_in(house, "ada", client_id=await register(house))
        other_client = await stranger.call("get_account")
    assert [answer.is_error for answer in answers] == [False] * BURST + [True] * 4
    assert "This client makes more requests" in answers[-1].text
    assert not other_client.is_error


async def test_an_address_that_tries_tokens_is_stopped_and_a_valid_one_from_there_is_not() -> None:
    async with limited(address=SLOWLY) as house:
        (ada,) = await enrol(house, 1)
        wrong = call_request("list_devices", {}, "aux_at_not-a-real-one")
        answers = [await house.http.post("/mcp", headers=wrong[0], json=wrong[1]) for _ in range(BURST + 3)]
        valid = await ada.call("list_devices")
        elsewhere = await house.http.post(
            "/mcp", headers={**wrong[0], "X-Forwarded-For": "198.51.100.7"}, json=wrong[1]
        )
    assert [answer.status_code for answer in answers] == [401] * BURST + [429] * 3
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
    assert not valid.is_error
    assert elsewhere.status_code == 401


async def test_a_person_who_reloads_too_often_gets_a_page_that_says_so() -> None:
    async with limited(address=SLOWLY) as house:
        pages = [await house.http.get("/", headers={"Accept": "text/html"}) for _ in range(BURST + 1)]
        health = await house.http.get("/healthz")
    assert [page.status_code for page in pages] == [200] * BURST + [429]
    assert "text/html" in pages[-1].headers["content-type"]
    assert "default-src 'none'" in pages[-1].headers["content-security-policy"]
    assert "retry-after" in pages[-1].headers
    assert health.status_code == 200  # a monitor is never told to go away


async def test_everybody_together_is_bounded_as_well() -> None:
    async with limited(**{"global": SLOWLY}) as house:
        answers = [await house.http.get("/", extensions=at(house.all[0])) for _ in range(BURST + 2)]
    assert [answer.status_code for answer in answers] == [200] * BURST + [429] * 2


async def test_the_token_endpoint_has_a_limit_of_its_own() -> None:
    async with limited(tokens=SLOWLY) as house:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": "aux_rt_not-a-real-one",
            "client_id": "nobody",
        }
        answers = [await house.http.post("/token", data=form) for _ in range(BURST + 2)]
        page = await house.http.get("/")
    assert [answer.status_code for answer in answers[BURST:]] == [429, 429]
    assert all(answer.status_code in {400, 401} for answer in answers[:BURST])
    assert all("retry-after" in answer.headers for answer in answers[BURST:])
    assert page.status_code == 200


def forged() -> Iterator[dict[str, str]]:
    """What a client may write about itself to look like somebody else."""
    for number in range(BURST + 5):
        yield {"X-Forwarded-For": f"203.0.113.{number}"}
        yield {"Forwarded": f"for=203.0.113.{number}"}
        yield {"X-Real-IP": f"203.0.113.{number}"}


async def test_what_clients_say_of_their_address_is_believed_from_configured_proxies_only() -> None:
    async with replicas(0, settings={"AUXCORD_RATE_LIMIT_ADDRESS": SLOWLY}) as house:
        alone = await house.add(AUXCORD_TRUSTED_PROXIES="")
        behind = await house.add(AUXCORD_TRUSTED_PROXIES="127.0.0.0/8")
        strange = await house.add(AUXCORD_TRUSTED_PROXIES="192.0.2.1,10.0.0.0/8")
        outcomes = {
            replica: [
                (await house.http.get("/", headers=headers, extensions=at(replica))).status_code
                for headers in forged()
            ]
            for replica in house.all
        }
        # What a client wrote before the proxy added the address it saw counts for nothing.
        chained = [
            await house.http.get(
                "/", headers={"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.9"}, extensions=at(behind)
            )
            for n in range(BURST + 1)
        ]
    for replica in (alone, strange):
        assert outcomes[replica].count(200) == BURST
        assert set(outcomes[replica][BURST:]) == {429}
    assert outcomes[behind][0::3] == [200] * (BURST + 5)
    assert [answer.status_code for answer in chained] == [200] * BURST + [429]


def test_a_million_keys_take_no_more_memory_than_ten_thousand(figures: Figures) -> None:
    limit = Limit((5, 60.0))
    tracemalloc.start()
    try:
        for number in range(10_000):
            limit.seconds_to_wait(f"{number:032x}")
        few, _ = tracemalloc.get_traced_memory()
        for number in range(10_000, KEYS):
            limit.seconds_to_wait(f"{number:032x}")
        many, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    figures.count("distinct keys", KEYS, ">= 1000000")
    figures.measure("memory of that many over memory of 10,000", many / few, "<= 1.5")


async def test_fifty_people_keep_being_served_while_one_floods(figures: Figures) -> None:
    async with limited(user=SLOWLY) as house:
        flooder, *others = await enrol(house, 51)

        async def flood() -> int:
            return sum([(await flooder.call("list_devices")).is_error for _ in range(300)])

        async def use(person: Person) -> bool:
            return (await person.call("list_devices")).is_error

        refused, *failed = await asyncio.gather(flood(), *(use(person) for person in others))
    assert refused == 300 - BURST
    assert not any(failed)
    figures.count("calls of a flooder refused, of 300", refused, f"== {300 - BURST}")
    figures.count("calls of 50 others meanwhile refused", sum(failed), "== 0")
