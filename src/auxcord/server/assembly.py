"""Where objects are wired: settings in, a running Auxcord out.

What only a server for many people needs is wired in `shared.py`, so that one person's server starts fast.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from fastmcp import FastMCP

from auxcord import __version__
from auxcord.accounts import Accounts
from auxcord.server.callers import LocalCallers, UnconfiguredCallers
from auxcord.server.guards import Guards
from auxcord.server.instructions import INSTRUCTIONS
from auxcord.server.notebook import StoredNotebook
from auxcord.spotify.cache import Cache
from auxcord.spotify.modes import Access
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth
from auxcord.spotify.transport import Transport
from auxcord.store.engine import Store
from auxcord.tools import TOOLSETS
from auxcord.vault import KeyRing, Vault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from fastmcp.server.auth import AuthProvider

    from auxcord.errors import AuxcordError
    from auxcord.server.callers import Callers
    from auxcord.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything below the MCP surface, wired; `open` before use, `close` after."""

    http: httpx2.AsyncClient
    store: Store
    vault: Vault
    oauth: SpotifyOAuth
    transport: Transport
    accounts: Accounts
    cache: Cache
    clock: Callable[[], float] = time.time

    @classmethod
    def of(
        cls,
        settings: Settings,
        keys: Sequence[str],
        *,
        upstream: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Parts:
        """Wire the parts; nothing is opened or written yet.

        Args:
            settings: The settings of this process.
            keys: Fernet keys, newest first.
            upstream: Reaches Spotify; the network when omitted.
            clock: Unix seconds.

        Raises:
            KeyRingError: If there is no key, or one is malformed.
        """
        ring = KeyRing.of(keys)
        secret = settings.client_secret
        app = SpotifyApp(settings.client_id, secret.get_secret_value() if secret else None)
        http = httpx2.AsyncClient(transport=upstream, follow_redirects=False, trust_env=False)
        store = Store(settings.database_url)
        vault = Vault(store, ring, clock=clock, data_key_max_age=settings.data_key_max_age)
        oauth = SpotifyOAuth(http, app, accounts_url=settings.spotify_accounts_url)
        access = Access(StoredNotebook(store, app.client_id, clock=clock), clock=clock)
        transport = Transport(http, api_url=settings.spotify_api_url, clock=clock, access=access)
        cache = Cache(clock=clock)
        accounts = Accounts(
            vault,
            store,
            oauth,
            clock=clock,
            forgotten=cache.forget,
            retention=settings.audit_retention,
        )
        return cls(http, store, vault, oauth, transport, accounts, cache, clock)

    async def open(self) -> None:
        """Open the store and check the key ring against it; opening twice is harmless.

        Raises:
            StoreError: If the database cannot be opened or is newer than this program.
            KeyRingError: If the keys do not fit the data.
        """
        if self.store.is_open:
            return
        await self.store.open(fits=self.vault.fits)
        try:
            await self.vault.open()
            await self.transport.access.load()
        except BaseException:
            await self.store.close()
            raise

    async def close(self) -> None:
        """Let refreshes in flight finish, then close everything."""
        await self.accounts.close()
        await self.http.aclose()
        await self.store.close()


def build_mcp(
    callers: Callers,
    parts: Parts | None = None,
    *,
    auth: AuthProvider | None = None,
    kind: Callable[..., FastMCP] = FastMCP,
) -> FastMCP:
    """Build the MCP server: every tool, behind the guards.

    Args:
        callers: Finds the person behind each call.
        parts: Opened when the server starts and closed when it ends.
        auth: The authorization server, when people sign in over HTTP.
        kind: Makes the server object.
    """

    @asynccontextmanager
    async def lifespan(_server: FastMCP) -> AsyncIterator[dict[str, Any]]:
        if parts is None:
            yield {}
            return
        await parts.open()
        try:
            yield {}
        finally:
            await parts.close()

    guards = Guards(callers, trail=None if parts is None else parts.accounts.trail)
    return kind(
        "Auxcord",
        instructions=INSTRUCTIONS,
        version=__version__,
        auth=auth,
        middleware=[guards],
        lifespan=lifespan,
        tools=[spec.bind() for toolset in TOOLSETS for spec in toolset],
        mask_error_details=True,
    )


def build_local_mcp(parts: Parts) -> FastMCP:
    """Build the MCP server for the one person of this computer, over stdio."""
    callers = LocalCallers(parts.vault, parts.accounts, parts.transport, clock=parts.clock, cache=parts.cache)
    return build_mcp(callers, parts)


def build_unconfigured_mcp(reason: AuxcordError) -> FastMCP:
    """Build a server that answers every call with what to configure."""
    return build_mcp(UnconfiguredCallers(reason))
