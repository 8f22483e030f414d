"""The authorization endpoint: what it refuses, and where the refusal shows."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from auxcord.authorization import tickets
from auxcord.store.schema import sign_ins
from tests.authorization.house import (
    BASE,
    House,
    Program,
    code_for,
    open_consent,
    query_of,
    tokens_for,
)

pytestmark = pytest.mark.anyio


async def refusal(house: House, url: str) -> dict[str, str]:
    """The parameters with which the program is told no; nothing has reached Spotify."""
    answer = await house.browser().get(url)
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"].startswith("http://127.0.0.1:3939/callback?error=")
    assert "/authorize" not in await house.spotify_requests()
    return query_of(answer.headers["location"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "x"}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"code_challenge": "=" * 43}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"resource": f"{BASE}/other"}, "invalid_target"),
        ({"resource": f"{BASE}/mcp#x"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:8001/mcp"}, "invalid_target"),
        ({"resource": "not a url"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:99999/mcp"}, "invalid_target"),
    ],
)
async def test_a_request_with_a_fault_goes_back_to_the_program_with_state_and_issuer(
    house: House, program: Program, changes: dict[str, str | None], error: str
) -> None:
    told = await refusal(house, program.authorize_url(**changes))
    assert told["error"] == error
    assert told["state"] == "the-state"
    assert told["iss"] == BASE


@pytest.mark.parametrize("redirect_uri", ["http://[::1]:7/cb", "http://localhost:7/cb", "cursor://cb"])
async def test_a_program_on_this_device_is_told_of_an_error_at_once(house: House, redirect_uri: str) -> None:
    program = await Program.registered(house, redirect_uri)
    answer = await house.browser().get(program.authorize_url(code_challenge=None))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{redirect_uri}?error=invalid_request")


@pytest.mark.parametrize("path", ["/authorize", "/consent", "/renew"])
async def test_a_preview_starts_nothing(house: House, program: Program, path: str) -> None:
    answer = await house.browser().head(program.authorize_url().replace("/authorize", path))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    rows = await house.store.fetch(select(func.count()).select_from(sign_ins))
    assert rows[0][0] == 0


@pytest.mark.parametrize(
    "resource", [None, f"{BASE}/mcp", f"{BASE}/mcp/", f"{BASE}/mcp?hosted=1", "HTTP://127.0.0.1:8000/mcp"]
)
async def test_our_own_resource_is_recognised_in_every_spelling(
    house: House, program: Program, resource: str | None
) -> None:
    tokens = await tokens_for(house, program, resource=resource)
    assert (await program.whoami(tokens.access)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "state",
        "scope",
    ],
)
async def test_a_repeated_parameter_stays_on_our_page(house: House, program: Program, name: str) -> None:
    answer = await house.browser().get(f"{program.authorize_url(scope='read')}&{name}=S256")
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    assert "malformed" in answer.text


async def test_an_unknown_program_stays_on_our_page(house: House, program: Program) -> None:
    program.client_id = "unknown\nclient"
    answer = await house.browser().get(program.authorize_url())
    assert answer.status_code == 400
    assert "not registered here" in answer.text
    assert "unknown\nclient" not in answer.text


async def test_a_program_on_this_computer_may_use_any_port(house: House, program: Program) -> None:
    program.redirect_uri = "http://127.0.0.1:51999/callback"
    assert (await program.whoami((await tokens_for(house, program)).access)).status_code == 200


async def test_a_registered_address_without_a_path_works(house: House) -> None:
    program = await Program.registered(house, "http://127.0.0.1:1234")
    assert (await tokens_for(house, program)).access
    program.redirect_uri = "http://127.0.0.1:4321/"
    assert (await tokens_for(house, program)).access


async def test_the_only_registered_address_may_be_left_out(house: House, program: Program) -> None:
    code = await code_for(house, program, redirect_uri=None)
    assert (await program.redeem(code, redirect_uri=None)).status_code == 200


async def test_of_several_registered_addresses_one_must_be_named(house: House) -> None:
    program = await Program.registered(house, redirect_uris=["http://127.0.0.1/a", "http://127.0.0.1/b"])
    answer = await house.browser().get(program.authorize_url(redirect_uri=None))
    assert answer.status_code == 400


async def test_a_parameter_without_end_stays_on_our_page(house: House, program: Program) -> None:
    answer = await house.browser().get(program.authorize_url(state="s" * 5000))
    assert answer.status_code == 400


async def test_authorizing_is_done_with_get(house: House, program: Program) -> None:
    assert (await house.browser().post(program.authorize_url())).status_code == 405


async def test_one_address_cannot_start_sign_ins_without_end(
    house: House, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.provider.parts.limits.sign_ins, "_clock", lambda: 1000.0)  # time stands still
    browser = house.browser(address="2001:db8:1:2::1")
    answers = [await browser.get(program.authorize_url()) for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {302}
    assert answers[120].status_code == 429
    assert int(answers[120].headers["retry-after"]) >= 1
    neighbour = house.browser(address="2001:db8:1:2::ffff")
    assert (await neighbour.get(program.authorize_url())).status_code == 429
    assert (await house.browser(address="2001:db8:1:3::1").get(program.authorize_url())).status_code == 302


async def test_there_is_a_bound_on_sign_ins_under_way_and_it_clears_by_itself(
    house: House, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "MOST_SIGN_INS", 2)
    for _ in range(2):
        await open_consent(house.browser(), program.authorize_url())
    answer = await house.browser().get(program.authorize_url())
    assert answer.status_code == 429
    house.clock.advance(601)
    await open_consent(house.browser(), program.authorize_url())


async def test_what_a_sign_in_remembers_is_sealed_and_its_secrets_are_hashed(
    house: House, program: Program
) -> None:
    page = await open_consent(house.browser(), program.authorize_url(state="a-recognisable-state"))
    ticket = query_of(str(page.url))["ticket"]
    content = b"".join(path.read_bytes() for path in house.store.path.parent.glob("auxcord.sqlite3*"))
    assert program.client_id.encode() in content
    for secret in ("a-recognisable-state", ticket, program.verifier):
        assert secret.encode() not in content
