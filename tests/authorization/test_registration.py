"""Registering a client program (RFC 7591)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from auxcord.authorization import clients
from auxcord.authorization.clients import printable
from auxcord.authorization.redirects import matches, place_of, problem_with
from auxcord.store.schema import clients as table
from tests.authorization.house import REDIRECT, House, Program, open_consent, tokens_for

pytestmark = pytest.mark.anyio

ALLOWED = [
    "http://127.0.0.1",
    "http://127.0.0.1:1234",
    "http://127.0.0.1:1234/callback",
    "http://[::1]:8080/callback",
    "http://localhost:3000/oauth/callback?tenant=1",
    "https://claude.ai/api/mcp/auth_callback",
    "https://chatgpt.com/connector_platform_oauth_redirect",
    "https://vscode.dev/redirect",
    "https://client.example",
    "cursor://anysphere.cursor-retrieval/oauth/user-abc/callback",
    "vscode://vscode.github-authentication/did-authenticate",
    "com.example.app:/callback",
    "claude://oauth",
]
REFUSED = [
    "",
    "callback",
    "//client.example/callback",
    "http://evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://evil-localhost/callback",
    "http://127.0.0.1@evil.example/callback",
    "http://localhost:pw@evil.example/",
    "https://user@client.example/callback",
    "https://user:pw@client.example/callback",
    "http://127.1/callback",
    "http://2130706433/callback",
    "http://0x7f.0.0.1/callback",
    "http://0177.0.0.1/callback",
    "http://127.0.0.2/callback",
    "http://0.0.0.0/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "http://localhost./callback",
    "http://LOCALHOST/callback",
    "HTTP://127.0.0.1/callback",
    "http:127.0.0.1/callback",
    "http:/127.0.0.1/callback",
    "http://127.0.0.1\\@evil.example/",
    "https://client.example\\@evil.example/callback",
    "https://*.client.example/callback",
    "https://client.example/*",
    "http://localhost:*/callback",
    "https://client.example/callback#fragment",
    "https://client.example/callback#",
    "https://client.example/a/../callback",
    "https://client.example/%2e%2e/callback",
    "https://client.example/a b",
    " https://client.example/callback",
    "https://client.example/callback\t",
    "https://client.example/call\nback",
    "https://client.example/callback\r\nLocation: https://evil.example",
    "https://clïent.example/callback",
    "https://client.example:99999/callback",
    "https://client.example:443/callback",
    "https://client.example/callback?code=x",
    "https://client.example/callback?a=1&state=x",
    "https://client.example/callback?iss=https://evil.example",
    "https://",
    "https:///callback",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://client.example/x",
    "about:blank",
    "ftp://client.example/x",
    "mailto:someone@client.example",
    "view-source:https://client.example",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://client.example/" + "a" * 2048,
]


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


@pytest.mark.parametrize("uri", ALLOWED)
async def test_a_redirect_uri_of_a_program_or_a_secure_site_is_accepted(house: House, uri: str) -> None:
    status, answer = await register(house, redirect_uris=[uri])
    assert status == 201
    assert answer["redirect_uris"] == [uri]


@pytest.mark.parametrize("uri", REFUSED)
def test_a_redirect_uri_that_could_lead_elsewhere_has_a_problem(uri: str) -> None:
    assert problem_with(uri)


@pytest.mark.parametrize(
    "uri", ["http://evil.example/", "javascript:alert(1)", "https://a.example/#x", "https://*/"]
)
async def test_a_redirect_uri_with_a_problem_is_refused_without_repeating_it(house: House, uri: str) -> None:
    status, answer = await register(house, redirect_uris=[uri])
    assert (status, answer["error"]) == (400, "invalid_redirect_uri")
    assert uri not in json.dumps(answer)


@pytest.mark.parametrize(
    ("uri", "kind", "fine"),
    [
        ("https://client.example/cb", "web", True),
        ("http://127.0.0.1/cb", "web", False),
        ("https://localhost/cb", "web", False),
        ("cursor://cb", "web", False),
        ("cursor://cb", "native", True),
    ],
)
def test_a_web_client_is_sent_to_the_web_only(uri: str, kind: str, fine: bool) -> None:  # noqa: FBT001
    assert (problem_with(uri, kind) is None) is fine


@pytest.mark.parametrize(
    ("registered", "requested", "same"),
    [
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:2/cb", True),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", True),
        ("http://[::1]:1/cb?a=b", "http://[::1]:2/cb?a=b", True),
        ("http://localhost:1/cb", "http://localhost:2/cb", True),
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234/", True),
        ("http://127.0.0.1:1234/", "http://127.0.0.1:77", True),
        ("http://127.0.0.1:1?a=b", "http://127.0.0.1:2/?a=b", True),
        ("http://127.0.0.1:1/cb", "http://localhost:1/cb", False),
        ("http://localhost:1/cb", "http://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1/cb", "http://[::1]:1/cb", False),
        ("http://127.0.0.1:1/cb", "https://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb/", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/CB", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb?x", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb#x", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:0/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:65536/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1@evil.example/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1\\@evil.example/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb\n", False),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:1/x/../cb", False),
        ("http://127.0.0.1:1/cb", "HTTP://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1/cb", "http://127.1:1/cb", False),
        ("https://client.example/cb", "https://client.example:8443/cb", False),
        ("https://client.example/cb", "https://client.example:443/cb", False),
        ("https://client.example/cb", "https://CLIENT.example/cb", False),
        ("https://client.example/cb", "https://client.example/cb/", False),
        ("https://client.example/cb", "https://client.example/cb?x=1", False),
        ("https://client.example/cb", "https://client.example.evil.example/cb", False),
        ("cursor://cb", "cursor://cb/", False),
    ],
)
def test_a_redirect_uri_matches_exactly_but_for_a_loopback_port(
    registered: str,
    requested: str,
    same: bool,  # noqa: FBT001
) -> None:
    assert matches(registered, requested) is same


@given(st.text(max_size=80))
@settings(max_examples=500)
def test_no_text_at_all_breaks_the_rules_for_redirect_uris(text: str) -> None:
    if problem_with(text) is None:
        assert matches(text, text)
        assert place_of(text)
    assert not matches("http://127.0.0.1:1/cb", f"{text}x")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"{}",
        b'{"redirect_uris": []}',
        b'{"redirect_uris": null}',
        b'{"redirect_uris": "http://127.0.0.1/"}',
        b'{"redirect_uris": [1]}',
        b'{"redirect_uris": ["http://127.0.0.1/"], "client_name": 7}',
        b"[" * 60_000,
        b'{"a":' * 12_000,
    ],
)
async def test_a_registration_that_makes_no_sense_is_a_400(house: House, body: bytes) -> None:
    answer = await house.browser().post(
        "/register", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


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


async def test_a_name_cannot_forge_the_page_it_is_shown_on(house: House) -> None:
    name = "<script>alert(1)</script>\u202egnp.exe\x00\n\u200bClaude"
    program = await Program.registered(house, client_name=name)
    page = await open_consent(house.browser(), program.authorize_url())
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert not {"\u202e", "\u200b", "\x00"} & set(page.text)


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
