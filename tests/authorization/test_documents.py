"""Clients known by the address of their document: fetched over real https, remembered, looked at again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from auxcord.authorization import directory, fetching
from auxcord.authorization.limits import Limit
from tests.authorization.house import (
    REDIRECT,
    House,
    Program,
    Tokens,
    code_for,
    fields_of,
    open_consent,
    open_house,
    query_of,
    tokens_for,
)
from tests.authorization.internet import ADDRESS, PUBLIC, Internet, document, internet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

NAMES = ("client.example", "other.example", *(f"n{number}.example" for number in range(30)))


@pytest.fixture
async def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[Internet]:
    async with internet(tmp_path, monkeypatch, names=NAMES) as net:
        yield net


def program_at(house: House, address: str = ADDRESS, *, asker: str = "127.0.0.1") -> Program:
    return Program(house, house.browser(address=asker), client_id=address)


async def status_of(program: Program) -> int:
    """What a person's browser gets who is sent to us by a program."""
    return (await program.http.get(program.authorize_url())).status_code


async def test_a_client_nobody_registered_signs_a_person_in(house: House, net: Internet) -> None:
    site = net.publish(ADDRESS, document())
    program = program_at(house)
    tokens = await tokens_for(house, program)
    assert (await program.whoami(tokens.access)).status_code == 200
    assert Tokens.of(await program.refresh(tokens.refresh)).scope == tokens.scope
    assert (await program.revoke(tokens.access)).status_code == 200
    assert (await program.whoami(tokens.access)).status_code == 401
    assert site.asked == ["/oauth/client.json"]
    assert net.attempts == [(PUBLIC, 443)]


async def test_the_page_says_whose_address_it_is_and_that_loopback_proves_little(
    house: House, net: Internet
) -> None:
    net.publish(ADDRESS, document(redirect_uris=[REDIRECT, "https://client.example/back"]))
    program = program_at(house)
    page = await open_consent(house.browser(), program.authorize_url())
    assert "Known by its address at <strong>client.example</strong>" in page.text
    assert "Any program on this device can say that it is the one from client.example" in page.text
    program.redirect_uri = "https://client.example/back"
    page = await open_consent(house.browser(), program.authorize_url())
    assert "Any program on this device" not in page.text
    registered = await Program.registered(house)
    page = await open_consent(house.browser(), registered.authorize_url())
    assert "Registered by itself" in page.text
    assert "Known by its address" not in page.text


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 3600),
        ("max-age=600", 600),
        ("public, max-age=120", 120),
        ("max-age=0", 60),
        ("no-store", 60),
        ("no-cache, max-age=600", 60),
        ("max-age=999999999", 24 * 3600),
        ("s-maxage=5, max-age=soon", 3600),
    ],
)
async def test_a_document_is_remembered_as_long_as_it_says_within_a_minute_and_a_day(
    house: House, net: Internet, said: str | None, seconds: float
) -> None:
    site = net.publish(ADDRESS, document(), headers={} if said is None else {"Cache-Control": said})
    program = program_at(house)
    assert await status_of(program) == 302
    house.clock.advance(seconds - 5)
    assert await status_of(program) == 302
    assert len(site.asked) == 1
    house.clock.advance(10)
    assert await status_of(program) == 302
    assert len(site.asked) == 2


async def test_what_has_changed_counts_from_the_next_look_and_is_shown_to_the_person(
    house: House, net: Internet
) -> None:
    net.publish(ADDRESS, document())
    program = program_at(house)
    tokens = await tokens_for(house, program)
    moved = "http://127.0.0.1:4949/elsewhere"
    net.publish(ADDRESS, document(client_name="Renamed program", redirect_uris=[moved]))
    house.clock.advance(3700)
    stale = await house.browser().get(program.authorize_url())
    assert (stale.status_code, "unexpected" in stale.text) == (400, True)
    program.redirect_uri = moved
    page = await open_consent(house.browser(), program.authorize_url())
    assert "Renamed program" in page.text
    assert "ticket" in fields_of(page)
    assert Tokens.of(await program.refresh(tokens.refresh))


async def test_another_process_knows_what_one_has_fetched(house: House, net: Internet) -> None:
    site = net.publish(ADDRESS, document())
    assert await status_of(program_at(house)) == 302
    found = await house.another_process().parts.directory.find(ADDRESS, "127.0.0.1")
    assert found is not None
    assert found.client_name == "Published program"
    assert len(site.asked) == 1


async def test_everybody_who_asks_at_once_is_served_by_one_request(house: House, net: Internet) -> None:
    site = net.publish(ADDRESS, document())
    programs = [program_at(house, asker=f"192.0.2.{number}") for number in range(20)]
    assert await asyncio.gather(*map(status_of, programs)) == [302] * 20
    assert len(site.asked) == 1


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(house: House, net: Internet) -> None:
    net.publish(ADDRESS, document())
    impatient = asyncio.create_task(house.provider.parts.directory.find(ADDRESS, "192.0.2.1"))
    patient = asyncio.create_task(house.provider.parts.directory.find(ADDRESS, "192.0.2.2"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is not None
    assert len(net.attempts) == 1


@pytest.mark.parametrize("trouble", ["502 Bad Gateway", "404 Not Found", "301 Moved Permanently"])
async def test_while_it_cannot_be_read_the_last_good_document_counts_for_a_day(
    house: House, net: Internet, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(directory, "PAUSE_SECONDS", 0)
    net.publish(ADDRESS, document())
    program = program_at(house)
    tokens = await tokens_for(house, program)
    net.publish(ADDRESS, b"", status=trouble, headers={"Location": "https://client.example/new"})
    house.clock.advance(23 * 3600)
    assert await status_of(program) == 302
    tokens = Tokens.of(await program.refresh(tokens.refresh))
    house.clock.advance(2 * 3600)
    refused = await program.http.get(program.authorize_url())
    assert refused.status_code == 503
    assert "We cannot look up this app" in refused.text
    assert Tokens.of(await program.refresh(tokens.refresh))
    net.publish(ADDRESS, document())
    assert await status_of(program) == 302


async def test_a_document_that_says_something_wrong_counts_at_once(house: House, net: Internet) -> None:
    net.publish(ADDRESS, document())
    program = program_at(house)
    code = await code_for(house, program)
    net.publish(ADDRESS, document(client_secret="test-value"))
    house.clock.advance(3700)
    refused = await program.http.get(program.authorize_url())
    assert (refused.status_code, "does not describe itself" in refused.text) == (400, True)
    assert (await program.redeem(code)).json()["error"] == "invalid_grant"  # a minute is long over


async def test_after_a_failure_nobody_looks_for_a_minute(
    house: House, net: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(house.provider.parts.directory, "_steady", lambda: now)
    site = net.publish(ADDRESS, b"", status="500 Internal Server Error")
    program = program_at(house)
    for _ in range(5):
        refused = await program.http.get(program.authorize_url())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    assert len(site.asked) == 1
    now += 61
    net.publish(ADDRESS, document())
    assert await status_of(program) == 302


async def test_what_is_remembered_of_failures_is_bounded(
    house: House, net: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_PAUSES", 3)
    for number in range(8):
        assert await status_of(program_at(house, f"https://n{number}.example/client")) == 503
    assert len(house.provider.parts.directory._pauses) == 3


async def test_one_asker_cannot_make_us_look_without_end_and_others_do_not_notice(
    house: House, net: Internet
) -> None:
    addresses = [f"https://n{number}.example/client" for number in range(30)]
    for address in addresses:
        net.publish(address, document(address))
    got = [await status_of(program_at(house, address, asker="192.0.2.1")) for address in addresses]
    assert got == [302] * 20 + [429] * 10
    assert await status_of(program_at(house, addresses[-1], asker="192.0.2.2")) == 302
    assert await status_of(program_at(house, addresses[0], asker="192.0.2.1")) == 302  # known already


async def test_one_host_is_not_asked_without_end(house: House, net: Internet) -> None:
    site = net.publish(ADDRESS, b"{}")
    got = [
        await status_of(program_at(house, f"https://client.example/{number}", asker=f"192.0.2.{number}"))
        for number in range(25)
    ]
    assert got == [400] * 20 + [429] * 5
    assert len(site.asked) == 20


async def test_a_few_are_looked_at_at_once_and_known_ones_do_not_wait_for_them(
    house: House, net: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)
    known = program_at(house)
    net.publish(ADDRESS, document())
    assert await status_of(known) == 302
    house.clock.advance(3700)
    slow = [f"https://n{number}.example/client" for number in range(8)]
    for address in slow:
        net.publish(address, b"", silent=True)
    askers = ["192.0.2.1"] * 4 + ["192.0.2.2"] * 2 + ["192.0.2.3"] * 2
    waiting = [
        asyncio.create_task(status_of(program_at(house, address, asker=asker)))
        for address, asker in zip(slow, askers, strict=True)
    ]
    await net.until_tried(5)
    assert await status_of(known) == 302  # by its last good document
    assert await asyncio.gather(*waiting) == [503, 503, 429, 429, 503, 503, 429, 429]
    still_held = program_at(house, "https://n20.example/client", asker="192.0.2.4")
    assert await status_of(still_held) == 429  # their names may still be being resolved


async def test_we_publish_no_clients_ourselves(
    tmp_path_factory: pytest.TempPathFactory, net: Internet
) -> None:
    net.publish("https://other.example/client", document("https://other.example/client"))
    async with open_house(tmp_path_factory.mktemp("own"), base="https://other.example") as house:
        answer = await house.browser().get(program_at(house, "https://other.example/client").authorize_url())
        assert (answer.status_code, "unknown_client" in answer.text) == (400, True)
    assert net.attempts == []


async def test_a_client_that_only_the_token_endpoint_hears_of_is_not_looked_up(
    house: House, net: Internet
) -> None:
    net.publish(ADDRESS, document())
    program = program_at(house)
    assert (await program.redeem("x")).json()["error"] == "invalid_client"
    assert (await program.refresh("x")).json()["error"] == "invalid_client"
    assert (await program.revoke("x")).json()["error"] == "invalid_client"
    assert net.attempts == []


async def test_unused_documents_are_forgotten_after_a_day_and_used_ones_stay(
    house: House, net: Internet
) -> None:
    other = "https://other.example/client"
    net.publish(ADDRESS, document())
    net.publish(other, document(other))
    tokens = await tokens_for(house, program_at(house))
    assert await status_of(program_at(house, other)) == 302
    house.clock.advance(25 * 3600)
    await house.provider.parts.housekeeping.now()
    assert await house.provider.get_client(other) is None
    assert Tokens.of(await program_at(house).refresh(tokens.refresh))


async def test_when_there_is_no_room_for_a_document_people_are_told_to_come_back(
    house: House, net: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auxcord.authorization.clients.MOST_CLIENTS", 0)
    net.publish(ADDRESS, document())
    assert await status_of(program_at(house)) == 429


async def test_what_cannot_be_used_here_does_not_spoil_the_rest(house: House, net: Internet) -> None:
    uris = ["http://localhost:*/callback", "https://evil.example/#x", "javascript:alert(1)", REDIRECT]
    net.publish(ADDRESS, document(redirect_uris=uris))
    program = program_at(house)
    assert (await tokens_for(house, program)).access
    for uri in (*uris[:3], "http://localhost:9/callback"):
        program.redirect_uri = uri
        assert await status_of(program) == 400


async def test_a_client_that_would_rather_sign_is_served_if_it_can_do_without(
    house: House, net: Internet
) -> None:
    ways = ["none", "private_key_jwt"]
    net.publish(
        ADDRESS,
        document(
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_methods_supported=ways,
            token_endpoint_auth_signing_alg="RS256",
            jwks_uri="https://client.example/jwks.json",
            grant_types=["authorization_code", "refresh_token"],
        ),
    )
    program = program_at(house)
    tokens = await tokens_for(house, program)
    assert Tokens.of(await program.refresh(tokens.refresh))
    assert net.sites["client.example"].asked == ["/oauth/client.json"]  # and not its keys


async def test_a_client_may_use_any_of_its_own_ports_and_widen_later(house: House, net: Internet) -> None:
    net.publish(ADDRESS, document())
    program = program_at(house)
    program.redirect_uri = "http://127.0.0.1:50505/callback"
    tokens = await tokens_for(house, program, level="look")
    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    page = await house.browser().get(house.provider.sign_in_url(seen.token), follow_redirects=True)
    assert "Published program" in page.text
    assert "Known by its address at <strong>client.example</strong>" in page.text


async def test_the_answers_to_the_client_name_us_and_its_state_as_ever(house: House, net: Internet) -> None:
    net.publish(ADDRESS, document())
    refused = await house.browser().get(program_at(house).authorize_url(code_challenge_method="plain"))
    told = query_of(refused.headers["location"])
    assert (told["error"], told["state"], told["iss"]) == ("invalid_request", "the-state", house.base)


def test_the_limits_of_looking_are_those_that_are_documented(house: House) -> None:
    for limit in (house.provider.parts.directory._askers, house.provider.parts.directory._hosts):
        assert isinstance(limit, Limit)
        assert (limit._burst, limit._per_second) == (20, 10 / 60)
    assert (fetching.LARGEST, fetching.WHOLE_SECONDS) == (5120, 8.0)
