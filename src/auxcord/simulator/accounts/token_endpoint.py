"""POST /api/token: codes and refresh tokens become access tokens."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.oauth.apps import App
    from auxcord.simulator.oauth.tokens import Code, RefreshToken
    from auxcord.simulator.simulation import Simulation

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
FORM = "application/x-www-form-urlencoded"


class RefusedError(Exception):
    """An answer of the token endpoint other than success (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class Client(NamedTuple):
    """The app that asks, and whether it has shown its secret."""

    app: App
    proven: bool


async def token(request: Request) -> Response:
    """Answer a token request."""
    simulation: Simulation = request.app.state.simulation
    body = (await request.body()).decode("utf-8", "replace")
    if "grant_type" in request.query_params and not body:
        return HTMLResponse("<!doctype html><title>Bad Request</title><h1>400 Bad Request</h1>", 400)
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    form = {name: values[-1] for name, values in parse_qs(body).items()} if is_form else {}
    try:
        answer = _grant(simulation, form, _client(simulation, request, form))
    except RefusedError as refused:
        answer = {"error": refused.error}
        if refused.description is not None:
            answer["error_description"] = refused.description
        return JSONResponse(answer, 400, {"cache-control": "no-store"})
    return JSONResponse(answer, 200, {"cache-control": "no-store"})


def _client(simulation: Simulation, request: Request, form: dict[str, str]) -> Client:
    """Find out which app asks: by Basic credentials, by id and secret in the form, or by id alone."""
    client_id, secret = form.get("client_id"), form.get("client_secret")
    header = request.headers.get("authorization", "")
    if header:
        client_id, secret = _basic(header)
    if client_id is None:
        raise RefusedError("invalid_client")
    app = simulation.apps.get(client_id)
    if app is None:
        raise RefusedError("invalid_client", "Invalid client")
    if secret is not None and not hmac.compare_digest(secret.encode(), app.secret.encode()):
        raise RefusedError("invalid_client", "Invalid client secret")
    return Client(app, secret is not None)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise RefusedError("invalid_client") from None
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise RefusedError("invalid_client")
    return client_id, secret


def _grant(simulation: Simulation, form: dict[str, str], client: Client) -> dict[str, Any]:
    kind = form.get("grant_type")
    if kind == "authorization_code":
        return _exchange(simulation, form, client)
    if kind == "refresh_token":
        return _refresh(simulation, form, client)
    if kind == "client_credentials":
        if not client.proven:
            raise RefusedError("invalid_client")
        seconds = simulation.settings.access_seconds
        access = simulation.tokens.new_access(
            client.app.client_id, None, frozenset(), simulation.now(), seconds=seconds
        )
        return {"access_token": access, "token_type": "bearer", "expires_in": seconds}
    if kind is None:
        raise RefusedError("unsupported_grant_type", "grant_type parameter is missing")
    raise RefusedError(
        "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token"
    )


def _exchange(simulation: Simulation, form: dict[str, str], client: Client) -> dict[str, Any]:
    for name in ("code", "redirect_uri"):
        if name not in form:
            raise RefusedError("invalid_request", f"{name} must be supplied")
    code = simulation.tokens.code(form["code"])
    if code is None or code.consent.client_id != client.app.client_id or code.consent.revoked:
        raise RefusedError("invalid_grant", "Invalid authorization code")
    if code.expires_at <= simulation.now():
        raise RefusedError("invalid_grant", "Authorization code expired")
    if code.redirect_uri != form["redirect_uri"]:
        raise RefusedError("invalid_grant", "Invalid redirect URI")
    _check_proof(simulation, code, form.get("code_verifier"), client)
    simulation.tokens.use_code(form["code"])
    tokens, now = simulation.tokens, simulation.now()
    return {
        **_access(simulation, client, code.consent, code.scopes, now),
        "refresh_token": tokens.new_refresh(code.consent, code.scopes, confidential=client.proven),
    }


def _check_proof(simulation: Simulation, code: Code, verifier: str | None, client: Client) -> None:
    """Want the secret, or the PKCE verifier, and check whatever of the two is there."""
    if client.proven and verifier is not None and not simulation.settings.secret_with_verifier:
        raise RefusedError("invalid_request", "code_verifier must not be supplied with a client secret")
    if not client.proven and verifier is None:
        raise RefusedError("invalid_request", "code_verifier must be supplied")
    if verifier is not None and not _VERIFIER.fullmatch(verifier):
        raise RefusedError("invalid_request", "code_verifier must be between 43 and 128 characters")
    if not code.fits(verifier):
        raise RefusedError("invalid_grant", "code_verifier was incorrect")


def _refresh(simulation: Simulation, form: dict[str, str], client: Client) -> dict[str, Any]:
    if "refresh_token" not in form:
        raise RefusedError("invalid_request", "refresh_token must be supplied")
    tokens, now = simulation.tokens, simulation.now()
    held = tokens.refresh(form["refresh_token"])
    if held is None or held.consent.client_id != client.app.client_id:
        raise RefusedError("invalid_grant", "Invalid refresh token")
    if held.confidential and not client.proven:
        raise RefusedError("invalid_client")
    if held.consent.revoked or held.replaced:
        raise RefusedError("invalid_grant", "Refresh token revoked")
    if held.consent.ends_at <= now:
        raise RefusedError("invalid_grant", "Refresh token expired")
    answer = _access(simulation, client, held.consent, held.scopes, now)
    if _rotates(simulation, held):
        held.replaced = True
        answer["refresh_token"] = tokens.new_refresh(
            held.consent, held.scopes, confidential=held.confidential
        )
    return answer


def _rotates(simulation: Simulation, held: RefreshToken) -> bool:
    held.uses += 1
    mode = simulation.settings.rotation
    return mode == "always" or (mode == "sometimes" and held.uses % 2 == 0)


def _access(
    simulation: Simulation, client: Client, consent: Any, scopes: frozenset[str], now: float
) -> dict[str, Any]:
    seconds = simulation.settings.access_seconds
    return {
        "access_token": simulation.tokens.new_access(
            client.app.client_id, consent, scopes, now, seconds=seconds
        ),
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": " ".join(sorted(scopes)),
    }
