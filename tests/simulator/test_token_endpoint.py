"""POST /api/token: what is exchanged for what, and every way it can fail."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import CLIENT_ID, CLIENT_SECRET, REDIRECT, HandClock

if TYPE_CHECKING:
    import httpx2

pytestmark = pytest.mark.anyio
BASIC = (CLIENT_ID, CLIENT_SECRET)
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


async def new_code(http: httpx2.AsyncClient, user: str = "ada", **more: str) -> str:
    await http.post("/_simulator/auto-approve", json={"user": user})
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "user-read-private",
    }
    redirect = await http.get("/authorize", params={**asked, **more})
    assert redirect.status_code == 302, redirect.text
    return parse_qs(urlsplit(redirect.headers["location"]).query)["code"][0]


async def ask(http: httpx2.AsyncClient, *, basic: bool = False, **form: str) -> httpx2.Response:
    return await http.post("/api/token", data=form, auth=BASIC if basic else None)


async def exchange(http: httpx2.AsyncClient, code: str, **form: Any) -> httpx2.Response:
    return await ask(
        http, **{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **form}
    )


async def tokens(http: httpx2.AsyncClient, **more: str) -> dict[str, Any]:
    answer = await exchange(http, await new_code(http, **more), basic=True)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(answer: httpx2.Response, error: str, description: str | None) -> bool:
    wanted = {"error": error} if description is None else {"error": error, "error_description": description}
    return (answer.status_code, answer.json()) == (400, wanted)


async def test_a_code_and_the_secret_give_both_tokens(http: httpx2.AsyncClient) -> None:
    given = await tokens(http, scope="user-read-private user-library-read")
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert given["scope"] == "user-library-read user-read-private"
    assert given["refresh_token"] != given["access_token"]


async def test_a_code_and_the_verifier_do_without_a_secret(http: httpx2.AsyncClient) -> None:
    code = await new_code(http, **PKCE)
    answer = await exchange(http, code, client_id=CLIENT_ID, code_verifier=VERIFIER)
    assert answer.status_code == 200
    again = await ask(
        http, grant_type="refresh_token", refresh_token=answer.json()["refresh_token"], client_id=CLIENT_ID
    )
    assert again.status_code == 200


async def test_secret_and_verifier_together_are_both_checked(http: httpx2.AsyncClient) -> None:
    code = await new_code(http, **PKCE)
    assert refused(
        await exchange(http, code, basic=True, code_verifier="w" * 64),
        "invalid_grant",
        "code_verifier was incorrect",
    )
    assert refused(await exchange(http, code, basic=True), "invalid_grant", "code_verifier was incorrect")
    assert (await exchange(http, code, basic=True, code_verifier=VERIFIER)).status_code == 200


async def test_the_combination_can_be_forbidden(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/settings", json={"secret_with_verifier": False})
    answer = await exchange(http, await new_code(http, **PKCE), basic=True, code_verifier=VERIFIER)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_id_and_secret_may_be_in_the_form(http: httpx2.AsyncClient) -> None:
    code = await new_code(http)
    answer = await exchange(http, code, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert answer.status_code == 200


async def test_a_code_works_once(http: httpx2.AsyncClient) -> None:
    code = await new_code(http)
    assert (await exchange(http, code, basic=True)).status_code == 200
    assert refused(await exchange(http, code, basic=True), "invalid_grant", "Invalid authorization code")


async def test_a_code_lives_ten_minutes(http: httpx2.AsyncClient, clock: HandClock) -> None:
    code = await new_code(http)
    clock.now += 600
    assert refused(await exchange(http, code, basic=True), "invalid_grant", "Authorization code expired")


async def test_a_code_belongs_to_its_redirect_and_its_app(http: httpx2.AsyncClient) -> None:
    code = await new_code(http)
    other = await exchange(http, code, basic=True, redirect_uri="http://127.0.0.1:1/callback")
    assert refused(other, "invalid_grant", "Invalid redirect URI")
    app = {"client_id": "c" * 32, "client_secret": "y", "redirect_uris": [REDIRECT]}
    await http.post("/_simulator/apps", json=app)
    stolen = await exchange(http, code, client_id="c" * 32, client_secret="y")
    assert refused(stolen, "invalid_grant", "Invalid authorization code")


async def test_garbage_is_not_a_code(http: httpx2.AsyncClient) -> None:
    assert refused(await exchange(http, "garbage", basic=True), "invalid_grant", "Invalid authorization code")


@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        ("w" * 64, "invalid_grant"),
        ("short", "invalid_request"),
        ("v" * 129, "invalid_request"),
        (None, "invalid_request"),
    ],
)
async def test_a_wrong_verifier_is_refused_and_leaves_the_code(
    http: httpx2.AsyncClient, verifier: str | None, error: str
) -> None:
    code = await new_code(http, **PKCE)
    sent = {} if verifier is None else {"code_verifier": verifier}
    answer = await exchange(http, code, client_id=CLIENT_ID, **sent)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (await exchange(http, code, client_id=CLIENT_ID, code_verifier=VERIFIER)).status_code == 200


async def test_a_verifier_without_a_challenge_is_refused(http: httpx2.AsyncClient) -> None:
    answer = await exchange(http, await new_code(http), client_id=CLIENT_ID, code_verifier=VERIFIER)
    assert refused(answer, "invalid_grant", "code_verifier was incorrect")


@pytest.mark.parametrize(
    ("auth", "error", "description"),
    [
        (("unknown", "x"), "invalid_client", "Invalid client"),
        ((CLIENT_ID, "wrong"), "invalid_client", "Invalid client secret"),
        (None, "invalid_client", None),
    ],
)
async def test_a_client_that_cannot_prove_itself_is_refused(
    http: httpx2.AsyncClient, auth: tuple[str, str] | None, error: str, description: str | None
) -> None:
    answer = await http.post("/api/token", data={"grant_type": "client_credentials"}, auth=auth)
    assert refused(answer, error, description)


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Basic /w=="])
async def test_a_malformed_authorization_header_is_an_invalid_client(
    http: httpx2.AsyncClient, header: str
) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await http.post("/api/token", data=form, headers={"authorization": header})
    assert refused(answer, "invalid_client", None)


@pytest.mark.parametrize("form", [{}, {"grant_type": "password"}])
async def test_other_grants_are_unsupported(http: httpx2.AsyncClient, form: dict[str, str]) -> None:
    answer = await ask(http, basic=True, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("name", ["code", "redirect_uri"])
async def test_a_missing_field_is_named(http: httpx2.AsyncClient, name: str) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}
    del form[name]
    assert refused(await ask(http, basic=True, **form), "invalid_request", f"{name} must be supplied")


async def test_parameters_in_the_query_get_an_html_page(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/token?grant_type=client_credentials", auth=BASIC)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_json_is_not_a_form(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/token", json={"grant_type": "client_credentials"}, auth=BASIC)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_an_app_gets_a_token_of_its_own_without_refresh_or_scope(http: httpx2.AsyncClient) -> None:
    answer = (await ask(http, basic=True, grant_type="client_credentials")).json()
    assert answer.keys() == {"access_token", "token_type", "expires_in"}
    assert answer["token_type"].lower() == "bearer"
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert (await http.get("/v1/search?q=glass&type=track&market=GB", headers=headers)).status_code == 200
    me = await http.get("/v1/me", headers=headers)
    assert (me.status_code, me.json()["error"]["message"]) == (401, "Valid user authentication required")


async def test_a_refresh_gives_a_new_access_token_and_keeps_the_old_refresh_token(
    http: httpx2.AsyncClient,
) -> None:
    given = await tokens(http)
    for _ in range(3):
        form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        answer = await ask(http, basic=True, **form)
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()
        assert answer.json()["access_token"] != given["access_token"]


async def test_always_rotating_ends_the_token_that_was_used(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/settings", json={"rotation": "always"})
    given = await tokens(http)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    successor = (await ask(http, basic=True, **form)).json()["refresh_token"]
    assert refused(await ask(http, basic=True, **form), "invalid_grant", "Refresh token revoked")
    assert (
        await ask(http, basic=True, grant_type="refresh_token", refresh_token=successor)
    ).status_code == 200


async def test_sometimes_rotating_does_so_every_second_time(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/settings", json={"rotation": "sometimes"})
    held, rotations = (await tokens(http))["refresh_token"], 0
    for _ in range(4):
        answer = (await ask(http, basic=True, grant_type="refresh_token", refresh_token=held)).json()
        rotations += "refresh_token" in answer
        held = answer.get("refresh_token", held)
    assert rotations == 2


async def test_a_refresh_token_dies_six_calendar_months_after_the_consent(
    http: httpx2.AsyncClient, clock: HandClock
) -> None:
    clock.now = 1_772_280_000.0  # 2026-02-28T12:00:00Z
    given = await tokens(http)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    clock.now = 1_787_918_399.0  # 2026-08-28T11:59:59Z
    assert (await ask(http, basic=True, **form)).status_code == 200
    clock.now += 1
    assert refused(await ask(http, basic=True, **form), "invalid_grant", "Refresh token expired")


async def test_only_a_new_consent_starts_six_new_months(http: httpx2.AsyncClient, clock: HandClock) -> None:
    await tokens(http)
    clock.now += 170 * 86_400
    silent, asked = await tokens(http), await tokens(http, show_dialog="true")
    clock.now += 20 * 86_400
    for given, status in ((silent, 400), (asked, 200)):
        form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        assert (await ask(http, basic=True, **form)).status_code == status


async def test_revoking_ends_refresh_and_access_tokens(http: httpx2.AsyncClient) -> None:
    given = await tokens(http)
    assert (await http.post("/_simulator/revoke", json={"user": "ada"})).json() == {"revoked": 1}
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert refused(await ask(http, basic=True, **form), "invalid_grant", "Refresh token revoked")
    me = await http.get("/v1/me", headers={"authorization": f"Bearer {given['access_token']}"})
    assert (me.status_code, me.json()["error"]["message"]) == (401, "Invalid access token")


async def test_a_refresh_token_of_a_confidential_app_needs_the_secret(http: httpx2.AsyncClient) -> None:
    given = await tokens(http)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": CLIENT_ID}
    assert refused(await ask(http, **form), "invalid_client", None)


async def test_unknown_and_missing_refresh_tokens_are_refused(http: httpx2.AsyncClient) -> None:
    unknown = await ask(http, basic=True, grant_type="refresh_token", refresh_token="garbage")
    assert refused(unknown, "invalid_grant", "Invalid refresh token")
    missing = await ask(http, basic=True, grant_type="refresh_token")
    assert refused(missing, "invalid_request", "refresh_token must be supplied")


async def test_an_access_token_lives_an_hour(http: httpx2.AsyncClient, clock: HandClock) -> None:
    given = await tokens(http)
    headers = {"authorization": f"Bearer {given['access_token']}"}
    clock.now += 3599
    assert (await http.get("/v1/me", headers=headers)).status_code == 200
    clock.now += 1
    answer = await http.get("/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "The access token expired")
