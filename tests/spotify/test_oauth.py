from __future__ import annotations

import base64
import hashlib
import io
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from rich.console import Console
from rich.pretty import Pretty
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from auxcord import errors
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth, TokenSet, new_pkce
from auxcord.spotify.scopes import SpotifyScope
from tests.spotify.upstream import ORIGIN, Reply, Upstream

pytestmark = pytest.mark.anyio

PUBLIC = SpotifyApp("0" * 32)
CONFIDENTIAL = SpotifyApp("0" * 32, "test-secret")
GRANTED = {
    "access_token": "test-access",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "test-refresh",
    "scope": "user-read-private user-library-read",
}
REDIRECT = "http://127.0.0.1:8765/callback"


def oauth(upstream: Upstream, app: SpotifyApp = CONFIDENTIAL) -> SpotifyOAuth:
    return SpotifyOAuth(upstream.http, app, accounts_url=ORIGIN)


def test_the_consent_page_is_asked_for_with_pkce_and_state() -> None:
    pkce = new_pkce()
    address = oauth(Upstream(Response())).authorize_url(
        redirect_uri=REDIRECT,
        scopes=[SpotifyScope.USER_READ_PRIVATE, SpotifyScope.USER_LIBRARY_READ, "user-read-private"],
        state="test state&",
        challenge=pkce.challenge,
    )
    assert address.startswith(f"{ORIGIN}/authorize?")
    assert parse_qs(urlsplit(address).query) == {
        "client_id": ["0" * 32],
        "response_type": ["code"],
        "redirect_uri": [REDIRECT],
        "scope": ["user-library-read user-read-private"],
        "state": ["test state&"],
        "code_challenge_method": ["S256"],
        "code_challenge": [pkce.challenge],
    }


def test_the_dialog_is_forced_only_when_asked_for_and_no_scopes_leave_the_parameter_out() -> None:
    address = oauth(Upstream(Response())).authorize_url(
        redirect_uri=REDIRECT, scopes=[], state="s", challenge="c", show_dialog=True
    )
    query = parse_qs(urlsplit(address).query)
    assert query["show_dialog"] == ["true"]
    assert "scope" not in query


def test_the_challenge_is_the_hash_of_a_verifier_of_legal_length_and_letters() -> None:
    one, other = new_pkce(), new_pkce()
    assert one.verifier != other.verifier
    assert 43 <= len(one.verifier) <= 128
    assert set(one.verifier) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert one.challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def test_an_app_with_a_secret_sends_it_as_basic_and_the_verifier_as_well() -> None:
    upstream = Upstream(JSONResponse(GRANTED))
    tokens = await oauth(upstream).exchange_code("test-code", redirect_uri=REDIRECT, verifier="v" * 43)
    assert tokens == TokenSet(
        "test-access", "test-refresh", 3600, frozenset({"user-read-private", "user-library-read"}), "0" * 32
    )
    seen = upstream.seen[0]
    assert (seen.method, seen.path, seen.query) == ("POST", "/api/token", {})
    assert seen.headers["authorization"] == "Basic " + base64.b64encode(b"0" * 32 + b":test-secret").decode()
    assert parse_qs(seen.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["test-code"],
        "redirect_uri": [REDIRECT],
        "code_verifier": ["v" * 43],
    }


async def test_an_app_without_a_secret_sends_its_id_in_the_form() -> None:
    upstream = Upstream(JSONResponse(GRANTED))
    await oauth(upstream, PUBLIC).refresh("test-refresh")
    seen = upstream.seen[0]
    assert "authorization" not in seen.headers
    assert parse_qs(seen.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["test-refresh"],
        "client_id": ["0" * 32],
    }


@pytest.mark.parametrize("missing", [{}, {"refresh_token": None}, {"refresh_token": ""}])
async def test_a_refresh_without_a_new_refresh_token_is_normal(missing: dict[str, object]) -> None:
    answer = {name: value for name, value in GRANTED.items() if name != "refresh_token"} | missing
    tokens = await oauth(Upstream(JSONResponse(answer))).refresh("test-refresh")
    assert tokens.refresh_token is None


async def test_scope_may_be_missing_and_token_type_may_be_lower_case() -> None:
    answer = {"access_token": "a", "token_type": "bearer", "expires_in": 3600}
    assert (await oauth(Upstream(JSONResponse(answer))).refresh("r")).scopes == frozenset()


def oauth_error(error: str, description: str | None = None, status: int = 400) -> JSONResponse:
    return JSONResponse(
        {"error": error} | ({"error_description": description} if description else {}), status
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (oauth_error("invalid_grant", "Refresh token revoked"), errors.InvalidGrantError),
        (oauth_error("invalid_grant"), errors.InvalidGrantError),
        (oauth_error("invalid_client", "Invalid client secret"), errors.InvalidClientError),
        (oauth_error("invalid_client", status=401), errors.InvalidClientError),
        (oauth_error("unsupported_grant_type", "grant_type must be…"), errors.SpotifySignInError),
        (oauth_error("invalid_request", "code must be supplied"), errors.SpotifySignInError),
        (HTMLResponse("<html>400</html>", 400), errors.SpotifySignInError),
        (PlainTextResponse("", 400), errors.SpotifySignInError),
        (JSONResponse(["invalid_grant"], 400), errors.SpotifySignInError),
        (
            JSONResponse({"error": {"status": 400, "message": "invalid_grant"}}, 400),
            errors.SpotifySignInError,
        ),
        (PlainTextResponse("Too many requests", 429), errors.RateLimitedError),
        (oauth_error("invalid_grant", status=500), errors.SpotifyUnavailableError),
        (PlainTextResponse("upstream", 503), errors.SpotifyUnavailableError),
        (RedirectResponse("https://elsewhere.test/"), errors.MalformedAnswerError),
        (Response(status_code=204), errors.MalformedAnswerError),
        (PlainTextResponse("hello"), errors.MalformedAnswerError),
        (JSONResponse([]), errors.MalformedAnswerError),
        (httpx2.ConnectError("refused"), errors.SpotifyUnavailableError),
        (httpx2.ConnectTimeout("slow"), errors.SpotifyUnavailableError),
        (httpx2.ReadTimeout("slow"), errors.SpotifyUnavailableError),
        (httpx2.RemoteProtocolError("gone"), errors.SpotifyUnavailableError),
    ],
)
async def test_every_refusal_has_its_own_error_and_shows_no_secret(
    reply: Reply, kind: type[errors.SpotifyError]
) -> None:
    with pytest.raises(errors.SpotifyError) as caught:
        await oauth(Upstream(reply)).refresh("test-refresh-token-value")
    assert type(caught.value) is kind
    shown = f"{caught.value} {caught.value.advice} {caught.value!r}"
    assert "test-refresh-token-value" not in shown
    assert "test-secret" not in shown
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"access_token": None}, "access_token"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": 5}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"access_token": "line\r\nInjected: yes"}, "access_token"),
        ({"refresh_token": 5}, "refresh_token"),
        ({"token_type": "mac"}, "token_type"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_refused_by_the_name_of_the_field(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(errors.MalformedAnswerError, match=field) as caught:
        await oauth(Upstream(JSONResponse(GRANTED | change))).refresh("r")
    assert "test-access" not in str(caught.value)


@pytest.mark.parametrize("told", [None, "3600", True, 0, -5, 10**12])
async def test_a_lifetime_that_is_missing_or_absurd_does_not_lose_the_new_refresh_token(told: object) -> None:
    answer = GRANTED | {"expires_in": told, "refresh_token": "test-rotated"}
    tokens = await oauth(Upstream(JSONResponse(answer))).refresh("test-refresh")
    assert (tokens.refresh_token, tokens.expires_in) == ("test-rotated", 3600)
    del answer["expires_in"]
    assert await oauth(Upstream(JSONResponse(answer))).refresh("test-refresh") == tokens


@pytest.mark.parametrize("told", ["3600", True, 0, -5, 10**12])
async def test_an_absurd_lifetime_with_nothing_to_lose_is_refused(told: object) -> None:
    answer = GRANTED | {"expires_in": told, "refresh_token": None}
    with pytest.raises(errors.MalformedAnswerError, match="expires_in"):
        await oauth(Upstream(JSONResponse(answer))).refresh("test-refresh")


async def test_an_answer_that_never_ends_is_cut() -> None:
    with pytest.raises(errors.MalformedAnswerError):
        await oauth(Upstream(PlainTextResponse("x" * 1_000_000))).refresh("r")


async def test_the_accounts_service_says_when_to_return() -> None:
    reply = PlainTextResponse("slow down", 429, headers={"Retry-After": "12"})
    with pytest.raises(errors.RateLimitedError) as caught:
        await oauth(Upstream(reply)).refresh("r")
    assert caught.value.retry_after == 12.0


def test_tokens_secrets_and_verifiers_are_in_no_representation() -> None:
    pkce = new_pkce()
    tokens = TokenSet("test-access", "test-refresh", 3600, frozenset({"user-read-private"}))
    console = Console(file=io.StringIO(), width=200)
    things = [tokens, CONFIDENTIAL, pkce, oauth(Upstream(Response()))]
    for thing in things:
        console.print(Pretty(thing))
    shown = " ".join(f"{thing!r} {thing!s}" for thing in things) + console.file.getvalue()
    for secret in ("test-access", "test-refresh", "test-secret", pkce.verifier):
        assert secret not in shown
    assert "3600" in shown
