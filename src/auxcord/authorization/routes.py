"""The addresses of the authorization server, and what stands in front of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp.server.auth.handlers.metadata import MetadataHandler
from mcp.server.auth.routes import build_metadata, cors_middleware, create_protected_resource_routes
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response

from auxcord.authorization.account import PATH
from auxcord.authorization.authorize import AuthorizeEndpoint
from auxcord.authorization.availability import unavailable
from auxcord.authorization.clients import RegistrationClosedError
from auxcord.authorization.exchange import RevocationEndpoint, TokenEndpoint
from auxcord.authorization.limits import address_of, too_many
from auxcord.authorization.problems import STORE_DOWN, TOO_MANY, ProblemError, unexpected
from auxcord.authorization.registration import RegistrationEndpoint
from auxcord.authorization.scopes import SCOPES
from auxcord.authorization.tickets import TooManySignInsError
from auxcord.errors import StoreError
from auxcord.telemetry.incidents import record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.auth.provider import OAuthAuthorizationServerProvider
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from auxcord.authorization.limits import Limit
    from auxcord.authorization.parts import Parts

    Endpoint = Callable[[Request], Awaitable[Response]]

BODY_BYTES: Final = 64 * 1024
EXPOSED: Final = ("Retry-After", "X-Request-Id")
"""What clients in a browser may read, too: when to come back, and what to name when asking for help."""


class Routes:
    """Builds the routes of one authorization server.

    Args:
        provider: What the SDK's handlers call.
        parts: What ours call.
    """

    def __init__(self, provider: OAuthAuthorizationServerProvider[Any, Any, Any], parts: Parts) -> None:
        self._provider = provider
        self._parts = parts

    def all(self) -> list[Route]:
        """Return every route."""
        return [*self._well_known(), *self._for_clients(), *self._for_people()]

    def _well_known(self) -> list[Route]:
        serve = cors_middleware(MetadataHandler(_metadata(self._parts)).handle, ["GET", "OPTIONS"])
        names = ("oauth-authorization-server", "openid-configuration")
        routes = [Route(f"/.well-known/{name}", serve, methods=["GET", "OPTIONS"]) for name in names]
        protected = create_protected_resource_routes(
            resource_url=self._parts.resource_url,
            authorization_servers=[self._parts.issuer_address],
            scopes_supported=list(SCOPES),
            resource_name="Auxcord",
        )
        return routes + protected

    def _for_clients(self) -> list[Route]:
        tokens = TokenEndpoint(self._provider, self._parts.audience)
        revocation = RevocationEndpoint(self._parts.clients, self._parts.grants)
        registration = RegistrationEndpoint(self._provider)
        endpoints = {
            "/token": self._client_guard(
                self._limited(tokens.token, self._parts.limits.tokens, "token requests")
            ),
            "/revoke": self._client_guard(revocation.revoke),
            "/register": self._client_guard(
                self._limited(registration.register, self._parts.limits.registrations, "registrations")
            ),
        }
        return [
            Route(path, _cors(_bounded(endpoint)), methods=["POST", "OPTIONS"])
            for path, endpoint in endpoints.items()
        ]

    def _for_people(self) -> list[Route]:
        parts = self._parts
        authorize = AuthorizeEndpoint(
            directory=parts.directory, start=self._provider.authorize, issuer=parts.issuer
        )
        pages: dict[tuple[str, str], Endpoint] = {
            ("GET", "/authorize"): self._sparing(authorize.authorize),
            ("GET", "/consent"): parts.consent_page.show,
            ("POST", "/consent"): parts.consent_page.answer,
            ("GET", "/renew"): self._sparing(parts.renewal.start),
            ("GET", parts.callback_path): parts.callback.arrive,
            ("GET", PATH): parts.account.show,
            ("POST", f"{PATH}/sign-in"): self._sparing(parts.account.sign_in),
            ("POST", f"{PATH}/renew"): self._sparing(parts.account.renew),
            ("POST", f"{PATH}/remove"): parts.account.remove,
            ("POST", f"{PATH}/data"): parts.account.download,
            ("GET", f"{PATH}/erase"): parts.account.ask,
            ("POST", f"{PATH}/erase"): parts.account.erase,
            ("POST", f"{PATH}/sign-out"): parts.account.sign_out,
        }
        return [
            *(
                Route(path, _bounded(self._page_guard(endpoint)), methods=[method])
                for (method, path), endpoint in pages.items()
            ),
            *parts.pages.routes(),
        ]

    def _client_guard(self, endpoint: Endpoint) -> Endpoint:
        """Answer client programs with JSON when we cannot help them."""
        endpoint = _unless_gone(endpoint)

        async def guarded(request: Request) -> Response:
            try:
                return await endpoint(request)
            except StoreError as error:
                self._parts.outage.met()
                return unavailable(error.retry_after)
            except RegistrationClosedError:
                await self._parts.limit_hit("clients")
                return unavailable(3600)
            except Exception as error:  # noqa: BLE001 - a client must get JSON, whatever happened
                reference = record(error, request.url.path)
                content = {"error": "server_error", "error_description": f"reference {reference}"}
                return JSONResponse(content, 500, {"Cache-Control": "no-store"})

        return guarded

    def _page_guard(self, endpoint: Endpoint) -> Endpoint:
        """Answer people with a page when something goes wrong."""
        endpoint = _unless_gone(endpoint)

        async def guarded(request: Request) -> Response:
            if request.method == "HEAD":  # a preview must neither start a sign-in nor use one up
                return Response(status_code=405, headers={"Allow": "GET"})
            try:
                return await endpoint(request)
            except ProblemError as error:
                if error.problem is TOO_MANY:
                    await self._parts.limit_hit("sign-ins from one address")
                return self._problem(error)
            except StoreError:
                self._parts.outage.met()
                return self._problem(ProblemError(STORE_DOWN))
            except TooManySignInsError:
                await self._parts.limit_hit("sign-ins under way")
                return self._problem(ProblemError(TOO_MANY, retry_after=60))
            except Exception as error:  # noqa: BLE001 - a person must get a page, whatever happened
                return self._problem(ProblemError(unexpected(record(error, request.url.path))))

        return guarded

    def _problem(self, error: ProblemError) -> Response:
        page = self._parts.pages.problem(
            error.problem, retry=error.retry, another=error.another, back=error.back
        )
        if error.problem.status in {429, 503}:
            page.headers["Retry-After"] = str(int(error.retry_after or 5))
        return page

    def _limited(self, endpoint: Endpoint, limit: Limit, what: str) -> Endpoint:
        """Bound how often client programs at one address may ask."""

        async def limited(request: Request) -> Response:
            wait = limit.seconds_to_wait(address_of(request))
            if wait:
                await self._parts.limit_hit(f"{what} from one address")
                return too_many(what, wait)
            return await endpoint(request)

        return limited

    def _sparing(self, endpoint: Endpoint) -> Endpoint:
        """Bound how many sign-ins one address starts."""

        async def sparing(request: Request) -> Response:
            wait = self._parts.limits.sign_ins.seconds_to_wait(address_of(request))
            if wait:
                raise ProblemError(TOO_MANY, retry_after=wait + 1)
            return await endpoint(request)

        return sparing


def _metadata(parts: Parts) -> Any:
    """Describe the authorization server (RFC 8414)."""
    metadata = build_metadata(
        parts.issuer_address,
        None,
        ClientRegistrationOptions(enabled=True, valid_scopes=list(SCOPES)),
        RevocationOptions(enabled=True),
    )
    metadata.issuer = parts.issuer_address
    metadata.response_modes_supported = ["query"]
    metadata.token_endpoint_auth_methods_supported = ["none"]
    metadata.revocation_endpoint_auth_methods_supported = ["none"]
    metadata.authorization_response_iss_parameter_supported = True
    metadata.client_id_metadata_document_supported = True
    return metadata


def _unless_gone(endpoint: Endpoint) -> Endpoint:
    """Do nothing for whoever hangs up before the request is whole; nobody gets the answer."""

    async def asked(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=400)

    return asked


def _bounded(endpoint: Endpoint) -> ASGIApp:
    return RequestBodyLimitMiddleware(request_response(endpoint), BODY_BYTES)


def _cors(app: ASGIApp) -> ASGIApp:
    """Let clients that run in a browser call; nothing here depends on cookies."""
    return CORSMiddleware(
        app,
        allow_origins="*",
        allow_methods=["POST", "OPTIONS"],
        allow_headers=["authorization", "content-type", "mcp-protocol-version"],
        expose_headers=EXPOSED,
    )
