"""GET /authorize: who may be asked, what the person sees, and where the answer goes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import CLIENT_ID, REDIRECT, HandClock

if TYPE_CHECKING:
    import httpx2

pytestmark = pytest.mark.anyio
ASKED = {
    "client_id": CLIENT_ID,
    "response_type": "code",
    "redirect_uri": REDIRECT,
    "scope": "user-read-private user-library-read",
    "state": "some state & more",
}


def answer_of(response: httpx2.Response) -> dict[str, str]:
    assert response.status_code == 302
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def ticket_from(http: httpx2.AsyncClient, **more: Any) -> str:
    page = await http.get("/authorize", params={**ASKED, **more})
    assert page.status_code == 200
    match = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert match is not None
    return match[1]


async def test_the_page_lists_the_people_and_what_is_asked_for(http: httpx2.AsyncClient) -> None:
    page = await http.get("/authorize", params=ASKED)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for wanted in ("ada", "farid", "user-library-read", "<legend>", 'lang="en"', "Cancel"):
        assert wanted in page.text
    assert "<script" not in page.text
    assert "greta" not in page.text


async def test_agreeing_brings_back_a_code_and_the_state(http: httpx2.AsyncClient) -> None:
    form = {"ticket": await ticket_from(http), "user": "emi", "decision": "approve"}
    answer = answer_of(await http.post("/authorize", data=form))
    assert answer["state"] == ASKED["state"]
    assert answer.keys() == {"code", "state"}


async def test_declining_brings_back_access_denied(http: httpx2.AsyncClient) -> None:
    form = {"ticket": await ticket_from(http), "user": "emi", "decision": "deny"}
    answer = answer_of(await http.post("/authorize", data=form))
    assert answer == {"error": "access_denied", "state": ASKED["state"]}


async def test_a_page_can_be_answered_once_and_not_for_ever(
    http: httpx2.AsyncClient, clock: HandClock
) -> None:
    form = {"ticket": await ticket_from(http), "user": "ada", "decision": "approve"}
    assert (await http.post("/authorize", data=form)).status_code == 302
    assert (await http.post("/authorize", data=form)).status_code == 400
    late = {"ticket": await ticket_from(http, show_dialog="true"), "user": "ada", "decision": "approve"}
    clock.now += 601
    assert (await http.post("/authorize", data=late)).status_code == 400


async def test_nobody_signs_in_as_someone_who_does_not_exist(http: httpx2.AsyncClient) -> None:
    form = {"ticket": await ticket_from(http), "user": "greta", "decision": "approve"}
    assert (await http.post("/authorize", data=form)).status_code == 400


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"client_id": "unknown"}, "INVALID_CLIENT: Invalid client"),
        ({"redirect_uri": ""}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "https://evil.example/callback"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "http://localhost:8888/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": "http://evil.example/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": "http://127.0.0.1:8888/Callback"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "http://127.0.0.1:8888/callback/"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "http://127.0.0.1:8888/callback?x=1"}, "INVALID_CLIENT: Invalid redirect URI"),
        (
            {"redirect_uri": "http://127.0.0.1:80@evil.example/callback"},
            "INVALID_CLIENT: Insecure redirect URI",
        ),
        ({"redirect_uri": "http://127.0.0.1:8888#/callback"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "http://[::1/callback"}, "INVALID_CLIENT: Invalid redirect URI"),
    ],
)
async def test_a_bad_client_or_redirect_is_shown_and_never_followed(
    http: httpx2.AsyncClient, change: dict[str, str], text: str
) -> None:
    page = await http.get("/authorize", params={**ASKED, **change})
    assert page.status_code == 400
    assert "location" not in page.headers
    assert text in page.text


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/callback", "http://127.0.0.1:1/callback", "http://[::1]:65535/callback"]
)
async def test_a_loopback_redirect_may_carry_any_port(http: httpx2.AsyncClient, uri: str) -> None:
    await http.post("/_simulator/auto-approve", json={"user": "ada"})
    answer = await http.get("/authorize", params={**ASKED, "redirect_uri": uri})
    assert answer.headers["location"].startswith(f"{uri}?code=")


async def test_a_port_that_was_registered_must_be_the_one(http: httpx2.AsyncClient) -> None:
    uris = ["http://127.0.0.1:9000/callback", "https://app.example/callback?keep=1", "com.example:/back"]
    await http.post(
        "/_simulator/apps", json={"client_id": "b" * 32, "client_secret": "x", "redirect_uris": uris}
    )
    await http.post("/_simulator/auto-approve", json={"user": "ada"})
    asked = {**ASKED, "client_id": "b" * 32}
    assert (await http.get("/authorize", params={**asked, "redirect_uri": uris[0]})).status_code == 302
    other_port = {**asked, "redirect_uri": "http://127.0.0.1:9001/callback"}
    assert (await http.get("/authorize", params=other_port)).status_code == 400
    kept = await http.get("/authorize", params={**asked, "redirect_uri": uris[1]})
    assert kept.headers["location"].startswith("https://app.example/callback?keep=1&code=")
    custom = await http.get("/authorize", params={**asked, "redirect_uri": uris[2]})
    assert custom.headers["location"].startswith("com.example:/back?code=")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"scope": "user-read-private user-read-minds"}, "invalid_scope"),
        ({"code_challenge": "a" * 43}, "invalid_request"),
        ({"code_challenge": "a" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "too short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
async def test_other_mistakes_go_back_to_the_app(
    http: httpx2.AsyncClient, change: dict[str, str], error: str
) -> None:
    answer = answer_of(await http.get("/authorize", params={**ASKED, **change}))
    assert (answer["error"], answer["state"]) == (error, ASKED["state"])


async def test_somebody_who_agreed_before_is_not_asked_again_unless_told_to(http: httpx2.AsyncClient) -> None:
    form = {"ticket": await ticket_from(http), "user": "bram", "decision": "approve"}
    await http.post("/authorize", data=form)
    assert (await http.get("/authorize", params=ASKED)).status_code == 302
    assert (await http.get("/authorize", params={**ASKED, "show_dialog": "true"})).status_code == 200
    assert (await http.get("/authorize", params={**ASKED, "scope": "streaming"})).status_code == 200


async def test_auto_approval_answers_even_where_the_dialog_is_demanded(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/auto-approve", json={"user": "emi"})
    assert (await http.get("/authorize", params={**ASKED, "show_dialog": "true"})).status_code == 302
    await http.post("/_simulator/auto-approve", json={"user": None})
    assert (await http.get("/authorize", params={**ASKED, "show_dialog": "true"})).status_code == 200


async def test_a_revoked_or_outlived_consent_has_to_be_given_again(
    http: httpx2.AsyncClient, clock: HandClock
) -> None:
    form = {"ticket": await ticket_from(http), "user": "bram", "decision": "approve"}
    await http.post("/authorize", data=form)
    await http.post("/_simulator/revoke", json={"user": "bram"})
    form = {"ticket": await ticket_from(http), "user": "bram", "decision": "approve"}
    await http.post("/authorize", data=form)
    assert (await http.get("/authorize", params=ASKED)).status_code == 302
    clock.now += 185 * 86_400
    assert (await http.get("/authorize", params=ASKED)).status_code == 200
