"""Registering a client program (RFC 7591)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from auxcord.authorization import clients
from auxcord.authorization.clients import printable
from auxcord.authorization.redirects import matches, place_of, problem_with
from auxcord.store.schema import clients as table
from tests.authorization.house import REDIRECT, House, Program, tokens_for

pytestmark = pytest.mark.anyio


async def register(house: House, **document: object) -> tuple[int, dict[str, object]]:
    answer = await house.browser().post("/register", json={"redirect_uris": [REDIRECT], **document})
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "method",
    [None, "none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"],
)
async def test_everyone_becomes_a_public_client_without_a_secret(house: House, method: str | None) -> None:
    status, answer = await register(house, token_endpoint_auth_method=method)
    assert status == 201
    assert answer["token_endpoint_auth_method"] == "none"
    assert answer["grant_types"] == ["authorization_code", "refresh_token"]
    assert answer["response_types"] == ["code"]
    assert "client_secret" not in answer
    assert "client_secret_expires_at" not in answer


async def test_each_client_gets_a_random_id_and_the_answer_is_not_kept(house: House) -> None:
    browser = house.browser()
    answers = [await browser.post("/register", json={"redirect_uris": [REDIRECT]}) for _ in range(5)]
    assert len({answer.json()["client_id"] for answer in answers}) == 5
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


@given(st.text(max_size=80))
@settings(max_examples=500)
def test_no_text_at_all_breaks_the_rules_for_redirect_uris(text: str) -> None:
    if problem_with(text) is None:
        assert matches(text, text)
        assert place_of(text)
    assert not matches("http://127.0.0.1:1/cb", f"{text}x")


async def test_names_and_lists_are_bounded(house: House) -> None:
    assert (await register(house, client_name="n" * 100))[0] == 201
    assert (await register(house, client_name="n" * 101))[0] == 400
    many = [f"http://127.0.0.1/{number}" for number in range(11)]
    assert (await register(house, redirect_uris=many[:10]))[0] == 201
    assert (await register(house, redirect_uris=many))[0] == 400


async def test_a_registration_over_64_kib_is_refused_unread(house: House) -> None:
    browser = house.browser()
    answer = await browser.post("/register", json={"redirect_uris": [REDIRECT], "jwks": "x" * 70_000})
    assert answer.status_code == 413

    async def endless() -> object:
        while True:
            yield b"x" * 8192

    answer = await browser.post("/register", content=endless())
    assert answer.status_code == 413


async def test_what_we_have_no_use_for_is_not_kept(house: House) -> None:
    _, answer = await register(
        house,
        client_name="Tool",
        logo_uri="https://tracker.example/pixel.png",
        contacts=["someone@client.example"],
        jwks={"keys": ["x" * 500]},
        software_id="s",
        scope="openid read email",
    )
    assert set(answer) == {
        *("client_id", "client_id_issued_at", "client_name", "redirect_uris", "scope"),
        *("token_endpoint_auth_method", "grant_types", "response_types", "application_type"),
    }
    assert answer["scope"] == "read"


@given(st.text())
def test_a_printable_name_has_no_control_or_invisible_character(text: str) -> None:
    shown = printable(text, 20)
    assert len(shown) <= 20
    assert shown.isprintable()


async def test_a_program_may_ask_for_a_scope_it_did_not_register(house: House) -> None:
    program = await Program.registered(house, scope="read")
    tokens = await tokens_for(house, program, scope="read playback edit")
    assert tokens.scope == "read playback edit"


async def test_one_address_cannot_register_without_end_and_others_do_not_notice(house: House) -> None:
    busy = house.browser(address="192.0.2.1")
    answers = [await busy.post("/register", json={"redirect_uris": [REDIRECT]}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [201] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    other = await house.browser(address="192.0.2.2").post("/register", json={"redirect_uris": [REDIRECT]})
    assert other.status_code == 201


async def test_registrations_nobody_used_go_after_a_day_and_used_ones_stay(house: House) -> None:
    used, unused = await Program.registered(house), await Program.registered(house)
    await tokens_for(house, used)
    house.clock.advance(25 * 3600)
    await Program.registered(house)
    assert await house.provider.get_client(used.client_id) is not None
    assert await house.provider.get_client(unused.client_id) is None


async def test_when_there_are_too_many_registrations_we_say_when_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MOST_CLIENTS", 3)
    now = house.clock()
    async with house.store.write() as connection:
        rows = [
            {"client_id": str(number), "document": "{}", "created_at": now, "last_used_at": now}
            for number in range(3)
        ]
        await connection.execute(insert(table), rows)
    answer = await house.browser().post("/register", json={"redirect_uris": [REDIRECT]})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "3600"
    async with house.store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(table)) == 3
