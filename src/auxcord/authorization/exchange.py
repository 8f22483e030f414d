"""The token and revocation endpoints, around the SDK's own token handler.

The SDK's handler, not FastMCP's: `invalid_grant` is a 400 (RFC 6749 section 5.2).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from mcp.server.auth.handlers.token import TokenErrorResponse, TokenHandler
from mcp.server.auth.json_response import PydanticJSONResponse
from mcp.server.auth.middleware.client_auth import ClientAuthenticator
from starlette.datastructures import FormData
from starlette.responses import Response

from auxcord.authorization.parameters import ParameterError, form_of

if TYPE_CHECKING:
    from mcp.server.auth.provider import OAuthAuthorizationServerProvider, TokenErrorCode
    from starlette.requests import Request

    from auxcord.authorization.clients import Clients
    from auxcord.authorization.grants import Grants
    from auxcord.authorization.parameters import Audience

    Provider = OAuthAuthorizationServerProvider[Any, Any, Any]

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_GRANT_TYPES: Final = frozenset({"authorization_code", "refresh_token"})
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenEndpoint:
    """Trades codes and refresh tokens for tokens.

    Args:
        provider: Knows them.
        audience: The one resource they are for.
    """

    def __init__(self, provider: Provider, audience: Audience) -> None:
        self._handler = TokenHandler(provider, ClientAuthenticator(provider))
        self._audience = audience

    async def token(self, request: Request) -> Response:
        """Answer a token request."""
        try:
            form = await client_form(request)
        except ParameterError as error:
            return _refusal("invalid_request", str(error))
        if not self._audience.is_meant(form.get("resource")):
            return _refusal("invalid_target", "the resource is not this server")
        if form.get("grant_type", "refresh_token") not in _GRANT_TYPES:
            return _refusal("unsupported_grant_type", "grant_type is authorization_code or refresh_token")
        verifier = form.get("code_verifier")
        if verifier is not None and _VERIFIER.fullmatch(verifier) is None:
            return _refusal("invalid_grant", "code_verifier must be 43 to 128 unreserved characters")
        request._form = FormData(form)  # noqa: SLF001 - the SDK reads it from here, as FastMCP's own code does
        response: Response = await self._handler.handle(request)
        return response


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
        except ParameterError as error:
            return _refusal("invalid_request", str(error))
        if await self._clients.find(form.get("client_id", "")) is None:
            return _refusal("invalid_client", "unknown client_id", status=401)
        if "token" not in form:
            return _refusal("invalid_request", "token is missing")
        await self._grants.revoke_presented(form["client_id"], form["token"])
        return Response(status_code=200, headers=_NO_STORE)


async def client_form(request: Request) -> dict[str, str]:
    """Read the form of a client; the id may stand in the Authorization header instead (RFC 6749 2.3.1).

    Raises:
        ParameterError: The form cannot be read, or the two ids differ.
    """
    form = await form_of(request)
    named = _basic_client_id(request.headers.get("authorization", ""))
    if named is not None and form.setdefault("client_id", named) != named:
        raise ParameterError("The client_id of the form and of the Authorization header differ.")
    return form


def _basic_client_id(header: str) -> str | None:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ParameterError("The Authorization header cannot be read.") from None
    return unquote_plus(pair.partition(":")[0])


def _refusal(error: TokenErrorCode, description: str, *, status: int = 400) -> Response:
    content: Any = TokenErrorResponse(error=error, error_description=description)
    return PydanticJSONResponse(content, status, _NO_STORE)
