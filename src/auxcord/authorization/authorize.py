"""The authorization endpoint (RFC 6749 section 4.1.1), stricter than the SDK's own.

PKCE must be S256 and say so, no parameter may be repeated, the redirect URI is compared as it was written,
and the resource must be ours. Until the redirect URI is known to be the client's, errors stay on our page.
After that, a program on the person's own device is told at once; to a web address, which anybody may
register, an error leads only if the person follows a link (RFC 9700 section 4.11.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fastmcp.server.auth.redirect_validation import build_client_redirect
from mcp.server.auth.provider import AuthorizationParams, AuthorizeError
from mcp.shared.auth import InvalidRedirectUriError
from pydantic import AnyUrl
from starlette.responses import RedirectResponse

from auxcord.authorization.limits import address_of
from auxcord.authorization.parameters import ParameterError, query_of
from auxcord.authorization.problems import (
    FAULTY_REQUEST,
    FOREIGN_REDIRECT,
    MALFORMED,
    UNKNOWN_CLIENT,
    ProblemError,
)
from auxcord.authorization.redirects import is_on_the_web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.auth.provider import AuthorizationErrorCode
    from mcp.shared.auth import OAuthClientInformationFull
    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.authorization.clients import Client
    from auxcord.authorization.directory import Directory

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class AuthorizeRefusedError(AuthorizeError):
    """The authorization endpoint refuses; without `@dataclass` for the reason `RefusedError` gives."""


class AuthorizeEndpoint:
    """Takes people from a client to the consent page.

    Args:
        directory: Knows the clients.
        start: Starts a sign-in; returns the address of the consent page.
        issuer: Our issuer identifier; every answer to a client carries it (RFC 9207).
    """

    def __init__(
        self,
        *,
        directory: Directory,
        start: Callable[[OAuthClientInformationFull, AuthorizationParams], Awaitable[str]],
        issuer: str,
    ) -> None:
        self._directory = directory
        self._start = start
        self._issuer = issuer

    async def authorize(self, request: Request) -> Response:
        """Check a request and send the person to the consent page, or back to the client with an error."""
        try:
            query = query_of(request)
        except ParameterError:
            raise ProblemError(MALFORMED) from None
        client = await self._directory.find(query.get("client_id", ""), address_of(request))
        if client is None:
            raise ProblemError(UNKNOWN_CLIENT)
        try:
            redirect_uri = client.redirect_for(query.get("redirect_uri"))
        except InvalidRedirectUriError:
            raise ProblemError(FOREIGN_REDIRECT) from None
        try:
            params = self._checked(query, client, redirect_uri)
            onward = await self._start(client, params)
        except AuthorizeError as error:
            onward = self._refusal(redirect_uri, query.get("state"), error)
            if is_on_the_web(redirect_uri):
                raise ProblemError(FAULTY_REQUEST, back=onward) from None
        return RedirectResponse(onward, 302, {"Cache-Control": "no-store"})

    def _checked(self, query: Mapping[str, str], client: Client, redirect_uri: str) -> AuthorizationParams:
        if query.get("response_type") != "code":
            raise _refused("unsupported_response_type", "response_type must be code")
        if query.get("response_mode", "query") != "query":
            raise _refused("invalid_request", "response_mode must be query")
        if query.get("code_challenge_method") != "S256":
            raise _refused("invalid_request", "code_challenge_method must be S256 (PKCE, RFC 7636)")
        if _CHALLENGE.fullmatch(query.get("code_challenge", "")) is None:
            raise _refused("invalid_request", "code_challenge must be 43 characters of base64url")
        return AuthorizationParams(
            state=query.get("state"),
            scopes=client.validate_scope(query.get("scope")),
            code_challenge=query["code_challenge"],
            redirect_uri=AnyUrl(redirect_uri),
            redirect_uri_provided_explicitly="redirect_uri" in query,
            resource=query.get("resource"),
        )

    def _refusal(self, redirect_uri: str, state: str | None, error: AuthorizeError) -> str:
        parameters = {"error": error.error, "error_description": error.error_description or ""}
        if state is not None:
            parameters["state"] = state
        return build_client_redirect(redirect_uri, parameters, iss=self._issuer)


def _refused(error: AuthorizationErrorCode, description: str) -> AuthorizeRefusedError:
    return AuthorizeRefusedError(error, description)
