"""The registration endpoint (RFC 7591), around the SDK's own handler."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp.server.auth.handlers.register import RegistrationErrorResponse, RegistrationHandler
from mcp.server.auth.json_response import PydanticJSONResponse
from mcp.server.auth.settings import ClientRegistrationOptions

from auxcord.authorization.redirects import problem_with

if TYPE_CHECKING:
    from mcp.server.auth.provider import OAuthAuthorizationServerProvider, RegistrationErrorCode
    from starlette.requests import Request
    from starlette.responses import Response

_OURS: Final = {
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
}
"""What every client gets, whatever it asks for (RFC 7591 section 3.2.1 lets us substitute)."""


class RegistrationEndpoint:
    """Registers clients.

    Args:
        provider: Keeps them.
    """

    def __init__(self, provider: OAuthAuthorizationServerProvider[Any, Any, Any]) -> None:
        self._handler = RegistrationHandler(provider, ClientRegistrationOptions(enabled=True))

    async def register(self, request: Request) -> Response:
        """Answer a registration request."""
        try:
            document = json.loads(await request.body())
        except (ValueError, RecursionError):
            return _refusal("invalid_client_metadata", "the body must be a JSON object")
        if not isinstance(document, dict):
            return _refusal("invalid_client_metadata", "the body must be a JSON object")
        if problem := _redirect_problem(document):
            return _refusal("invalid_redirect_uri", problem)
        request._body = json.dumps({**document, **_OURS}).encode()  # noqa: SLF001 - what the SDK reads next
        response: Response = await self._handler.handle(request)
        response.headers["Cache-Control"] = "no-store"
        return response


def _redirect_problem(document: dict[str, Any]) -> str | None:
    """Check the redirect URIs as they were written; the SDK's models normalise them first."""
    uris = document.get("redirect_uris")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        return "redirect_uris must be a list of URIs"
    kind = document.get("application_type")
    problems = (problem_with(uri, kind if isinstance(kind, str) else None) for uri in uris)
    return next((f"a redirect URI {problem}" for problem in problems if problem), None)


def _refusal(error: RegistrationErrorCode, description: str) -> Response:
    content = RegistrationErrorResponse(error=error, error_description=description)
    return PydanticJSONResponse(content, 400, {"Cache-Control": "no-store"})
