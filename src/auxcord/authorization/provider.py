"""FastMCP's `OAuthProvider`, on our own store: its methods and nothing else.

Towards MCP clients we are an OAuth 2.1 authorization server with public clients, PKCE and opaque tokens; a
person's Spotify sign-in is one step of ours. Each method hands over to the module that knows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastmcp.server.auth import AccessToken, OAuthProvider
from fastmcp.server.auth.auth import TokenVerificationError
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthToken
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware

from auxcord.audit import Event
from auxcord.authorization.account import PATH as ACCOUNT_PATH
from auxcord.authorization.authorize import AuthorizeRefusedError
from auxcord.authorization.availability import BearerBackend, OutageGate, unavailable
from auxcord.authorization.grants import REFRESH_SECONDS, invalid_grant
from auxcord.authorization.limits import RATES, Rates
from auxcord.authorization.parts import MCP_PATH, Parts
from auxcord.authorization.rotation import HeldRefreshToken
from auxcord.authorization.routes import Routes
from auxcord.authorization.scopes import SCOPES, names_of, permissions_of
from auxcord.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcp.server.auth.provider import AuthorizationCode, AuthorizationParams, RefreshToken
    from mcp.shared.auth import OAuthClientInformationFull
    from starlette.routing import Route

    from auxcord.accounts import Accounts
    from auxcord.authorization.clients import Client
    from auxcord.authorization.tokens import Issued
    from auxcord.store.engine import Store
    from auxcord.vault import Vault


class AuxcordProvider(OAuthProvider):
    """Our authorization server.

    Args:
        public_url: Where people and clients reach us; it is the issuer too, without a slash at the end.
        store: Where clients, grants and tokens are.
        vault: Seals what lies between two pages of a sign-in.
        accounts: People's links to Spotify, and the Spotify apps they link through.
        redirect_uri: Where Spotify sends people back to; of the same origin as `public_url`.
        refresh_seconds: How long a refresh token lives at most.
        clock: Unix seconds.
        rates: How often one address may ask.

    Raises:
        SettingsError: `redirect_uri` has another origin, where the sign-in's cookie would not arrive.
    """

    def __init__(
        self,
        public_url: str,
        store: Store,
        vault: Vault,
        accounts: Accounts,
        *,
        redirect_uri: str,
        refresh_seconds: float = REFRESH_SECONDS,
        clock: Callable[[], float] = time.time,
        rates: Rates = RATES,
    ) -> None:
        self.parts = Parts.of(
            public_url,
            store,
            vault,
            accounts,
            redirect_uri=redirect_uri,
            refresh_seconds=refresh_seconds,
            clock=clock,
            rates=rates,
        )
        super().__init__(
            base_url=self.parts.issuer_address,
            issuer_url=self.parts.issuer_address,
            client_registration_options=ClientRegistrationOptions(enabled=True),
            revocation_options=RevocationOptions(enabled=True),
        )
        self.set_mcp_path(MCP_PATH)  # FastMCP asks for the middleware, which needs it, before the routes
        self._clock = clock

    # --- Clients and sign-ins -------------------------------------------------------------------------------

    async def get_client(self, client_id: str) -> Client | None:
        """Find a registered client."""
        return await self.parts.clients.find(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Register a client; `client_info` becomes the answer it gets.

        Raises:
            RegistrationError: Something in it cannot be accepted.
        """
        await self.parts.housekeeping.when_due()
        await self.parts.clients.register(client_info)

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        """Start a sign-in; returns the address of the consent page.

        Raises:
            AuthorizeError: The request is for another resource.
        """
        if not self.parts.audience.is_meant(params.resource):
            raise AuthorizeRefusedError("invalid_target", "the resource is not this server")
        await self.parts.clients.used(str(client.client_id))
        await self.parts.housekeeping.when_due()
        return await self.parts.flow.begin(client, params, str(self.parts.resource_url))

    @property
    def account_url(self) -> str:
        """The page where people see and end what this server keeps of them."""
        return f"{self.parts.issuer}{ACCOUNT_PATH}"

    def sign_in_url(self, grant_id: str) -> str:
        """Tell where a person can widen or renew a grant: `AccessToken.token` names it."""
        return f"{self.parts.issuer}/renew?grant={grant_id}"

    # --- Codes and tokens -----------------------------------------------------------------------------------

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        """Find a code without using it up."""
        return await self.parts.codes.find(client.client_id, authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        """Trade a code for tokens, once.

        Raises:
            TokenError: It was used before, or has expired.
        """
        user_id = authorization_code.subject
        if user_id is None:
            raise invalid_grant("authorization code names nobody")
        return self._answer(await self.parts.codes.redeem(client.client_id, authorization_code.code, user_id))

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        """Find a refresh token without using it up."""
        return await self.parts.rotation.find(client.client_id, refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        """Replace a refresh token.

        Raises:
            TokenError: It was used before, or has expired, or is another client's.
        """
        await self.parts.housekeeping.when_due()
        if not isinstance(refresh_token, HeldRefreshToken) or refresh_token.client_id != client.client_id:
            raise invalid_grant("refresh token does not exist")
        return self._answer(await self.parts.rotation.rotate(refresh_token, names_of(permissions_of(scopes))))

    async def load_access_token(self, token: str) -> AccessToken | None:
        """Return who and what an access token stands for; None if it is not valid.

        Raises:
            TokenVerificationError: The store is down, so nobody can tell.
        """
        try:
            return await self.parts.verification.verify(token)
        except StoreError as error:
            raise TokenVerificationError("the store is down") from error

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        """End the grant a token belongs to."""
        if isinstance(token, AccessToken):
            await self.parts.grants.revoke(token.token, by="client")
        else:
            await self.parts.grants.revoke_presented(token.client_id, token.token)

    # --- What FastMCP serves --------------------------------------------------------------------------------

    @property
    def scopes_supported(self) -> list[str]:
        """Every scope there is."""
        return list(SCOPES)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Name the scopes a client should ask for: all, so that the person has the choice."""
        return list(SCOPES) if required_scopes is None else required_scopes

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return our routes; see `Routes`."""
        self.set_mcp_path(mcp_path)
        return Routes(self, self.parts).all()

    def get_middleware(self) -> list[Middleware]:
        """Return what stands in front of every request: the outage gate, then the bearer token."""
        resource, outage = str(self.parts.resource_url), self.parts.outage
        backend = BearerBackend(self, resource=resource, path=MCP_PATH, outage=outage)
        return [
            Middleware(OutageGate, outage=outage, paths=frozenset({MCP_PATH, "/token"})),
            Middleware(
                AuthenticationMiddleware, backend=backend, on_error=lambda _request, _error: unavailable()
            ),
            Middleware(AuthContextMiddleware),
        ]

    async def sessions_exceeded(self, user_id: str) -> None:
        """Tell the audit trail that a person wanted more MCP sessions than they may have."""
        await self.parts.grants.trail.record_sparingly(Event.LIMIT_HIT, user=user_id, limit="sessions")

    # --- Ours -----------------------------------------------------------------------------------------------

    async def still_valid(self, tokens: Collection[str]) -> frozenset[str]:
        """Return those of some access tokens that are valid at this moment.

        Raises:
            TokenVerificationError: The store is down, so nobody can tell.
        """
        try:
            return await self.parts.verification.still_valid(tokens)
        except StoreError as error:
            raise TokenVerificationError("the store is down") from error

    def _answer(self, issued: Issued) -> OAuthToken:
        return OAuthToken(
            access_token=issued.access_token,
            expires_in=max(0, round(issued.expires_at - self._clock())),
            scope=" ".join(issued.scopes),
            refresh_token=issued.refresh_token,
        )
