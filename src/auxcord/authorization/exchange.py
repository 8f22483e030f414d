"""The token and revocation endpoints (RFC 6749 section 3.2, RFC 7009), stricter than the SDK's own.

A mismatch never uses a code or refresh token up: everything a request says is compared first, and only then
is the code or token taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from mcp.server.auth.handlers.token import TokenErrorResponse
from mcp.server.auth.json_response import PydanticJSONResponse
from mcp.server.auth.provider import TokenError
from pydantic import AnyUrl
from starlette.responses import Response

from auxcord.authorization.grants import RefusedError, invalid_grant
from auxcord.authorization.parameters import ParameterError, form_of
from auxcord.authorization.redirects import is_normal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server.auth.provider import AuthorizationCode, OAuthAuthorizationServerProvider, TokenErrorCode
    from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
    from starlette.requests import Request

    from auxcord.authorization.clients import Clients
    from auxcord.authorization.grants import Grants
    from auxcord.authorization.parameters import Audience

    Provider = OAuthAuthorizationServerProvider[Any, Any, Any]

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class UnknownClientError(RefusedError):
    """The client is not known, or its Authorization header cannot be read."""

    def __init__(self) -> None:
        super().__init__("invalid_client", "the client is not known here")


class TokenEndpoint:
    """Trades codes and refresh tokens for tokens.

    Args:
        provider: Knows them.
        audience: The one resource they are for.
    """

    def __init__(self, provider: Provider, audience: Audience) -> None:
        self._provider = provider
        self._audience = audience

    async def token(self, request: Request) -> Response:
        """Answer a token request."""
        try:
            return PydanticJSONResponse(await self._issued(request), headers=_NO_STORE)
        except ParameterError as error:
            return _refusal(request, TokenError("invalid_request", str(error)))
        except TokenError as error:
            return _refusal(request, error)

    async def _issued(self, request: Request) -> OAuthToken:
        form = await client_form(request)
        client: OAuthClientInformationFull | None = await self._provider.get_client(form.get("client_id", ""))
        if client is None:
            raise UnknownClientError
        if not self._audience.is_meant(form.get("resource")):
            raise RefusedError("invalid_target", "the resource is not this server")
        match _required(form, "grant_type"):
            case "authorization_code":
                return await self._for_code(client, form)
            case "refresh_token":
                return await self._for_refresh_token(client, form)
            case _:
                supported = "grant_type is authorization_code or refresh_token"
                raise RefusedError("unsupported_grant_type", supported)

    async def _for_code(self, client: OAuthClientInformationFull, form: Mapping[str, str]) -> OAuthToken:
        presented, verifier = _required(form, "code"), _required(form, "code_verifier")
        if _VERIFIER.fullmatch(verifier) is None:
            raise invalid_grant("code_verifier must be 43 to 128 unreserved characters")
        code: AuthorizationCode | None = await self._provider.load_authorization_code(client, presented)
        if code is None:
            raise invalid_grant("authorization code is used, expired or unknown")
        if not _is_same_redirect(code, form.get("redirect_uri")):
            raise invalid_grant("redirect_uri is not the one the code was sent to")
        if not hmac.compare_digest(_challenge_of(verifier), code.code_challenge):
            raise invalid_grant("code_verifier does not fit the code_challenge")
        return await self._provider.exchange_authorization_code(client, code)

    async def _for_refresh_token(
        self, client: OAuthClientInformationFull, form: Mapping[str, str]
    ) -> OAuthToken:
        held = await self._provider.load_refresh_token(client, _required(form, "refresh_token"))
        if held is None:
            raise invalid_grant("refresh token is revoked, expired or unknown")
        scopes = form["scope"].split() if "scope" in form else held.scopes
        if not set(scopes) <= set(held.scopes):
            raise RefusedError("invalid_scope", "the person did not give all of these scopes")
        tokens: OAuthToken = await self._provider.exchange_refresh_token(client, held, scopes)
        return tokens


class RevocationEndpoint:
    """Ends a client's own grant (RFC 7009). Both kinds of token end all of it.

    Args:
        clients: Knows the clients.
        grants: Knows what they were given.
    """

    def __init__(self, clients: Clients, grants: Grants) -> None:
        self._clients = clients
        self._grants = grants

    async def revoke(self, request: Request) -> Response:
        """Answer a revocation request: 200 also for tokens we do not know."""
        try:
            form = await client_form(request)
            if await self._clients.find(form.get("client_id", "")) is None:
                raise UnknownClientError
            token = _required(form, "token")
        except ParameterError as error:
            return _refusal(request, TokenError("invalid_request", str(error)))
        except TokenError as error:
            return _refusal(request, error)
        await self._grants.revoke_presented(form["client_id"], token)
        return Response(status_code=200, headers=_NO_STORE)


async def client_form(request: Request) -> dict[str, str]:
    """Read the form of a client; the id may stand in the Authorization header instead (RFC 6749 2.3.1).

    Raises:
        ParameterError: The form cannot be read, or the two ids differ.
        UnknownClientError: The header cannot be read.
    """
    form = await form_of(request)
    named = _basic_client_id(request.headers.getlist("authorization"))
    if named is not None and form.setdefault("client_id", named) != named:
        raise ParameterError("The client_id of the form and of the Authorization header differ.")
    return form


def _basic_client_id(headers: list[str]) -> str | None:
    """Read the client id of a Basic header; whatever password it has is none of ours to check."""
    if len(headers) > 1:
        raise ParameterError("The Authorization header is repeated.")
    scheme, _, credentials = "".join(headers).partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, _ = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise UnknownClientError from None
    if not colon:
        raise UnknownClientError
    return unquote_plus(name)


def _required(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise RefusedError("invalid_request", f"{name} is missing")
    return form[name]


def _is_same_redirect(code: AuthorizationCode, presented: str | None) -> bool:
    """Whether a token request repeats the redirect URI; what was left out before may be left out again."""
    if presented is None:
        return not code.redirect_uri_provided_explicitly
    return is_normal(presented) and AnyUrl(presented) == code.redirect_uri


def _challenge_of(verifier: str) -> str:
    """S256 (RFC 7636 section 4.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _refusal(request: Request, error: TokenError) -> Response:
    unknown = error.error == "invalid_client"
    headers = dict(_NO_STORE)
    if unknown and "authorization" in request.headers:
        headers["WWW-Authenticate"] = 'Basic realm="auxcord"'  # the scheme it tried, RFC 6749 section 5.2
    code: TokenErrorCode = error.error
    content: Any = TokenErrorResponse(error=code, error_description=error.error_description)
    return PydanticJSONResponse(content, 401 if unknown else 400, headers)
