"""Where objects are wired: settings in, a running Auxcord out.

What only a server for many people needs is wired in `shared.py`, so that one person's server starts fast.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fastmcp
import httpx2
import structlog

from auxcord import __version__
from auxcord.accounts import Accounts, Admission, ConsentTerms
from auxcord.errors import StoreError
from auxcord.prompts import prompts
from auxcord.server.callers import LocalCallers, UnconfiguredCallers
from auxcord.server.connections import LocalConnection
from auxcord.server.guards import Guards
from auxcord.server.inspection import inspecting
from auxcord.server.instructions import INSTRUCTIONS
from auxcord.server.notebook import StoredNotebook
from auxcord.server.observer import Observer
from auxcord.server.request_state import request_state_security
from auxcord.server.stateless import StatelessMcp
from auxcord.server.surface import EVERYTHING, PromptGuard, ResourceGuard, offer
from auxcord.server.upstream import LateTransport
from auxcord.spotify.apps import App, Apps, short
from auxcord.spotify.cache import Cache
from auxcord.spotify.modes import Access
from auxcord.spotify.oauth import SpotifyOAuth
from auxcord.spotify.transport import Transport
from auxcord.store.engine import Store
from auxcord.vault import KeyRing, Vault
from auxcord.vault.questions import Questions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from fastmcp import FastMCP
    from fastmcp.server.auth import AuthProvider

    from auxcord.errors import AuxcordError
    from auxcord.server.callers import Callers
    from auxcord.server.quotas import Quotas
    from auxcord.server.settings import Settings
    from auxcord.server.surface import Offering

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything below the MCP surface, wired; `open` before use, `close` after."""

    http: httpx2.AsyncClient
    store: Store
    vault: Vault
    apps: Apps
    accounts: Accounts
    cache: Cache
    clock: Callable[[], float] = time.time

    @classmethod
    def of(
        cls,
        settings: Settings,
        keys: Sequence[str],
        *,
        alone: bool = False,
        upstream: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Parts:
        """Wire the parts; nothing is opened or written yet.

        Args:
            settings: The settings of this process.
            keys: Fernet keys, newest first.
            alone: Whether it is for one person, who needs no more than the first Spotify app.
            upstream: Reaches Spotify; the network when omitted.
            clock: Unix seconds.

        Raises:
            KeyRingError: If there is no key, or one is malformed.
        """
        ring = KeyRing.of(keys)
        wire = upstream or LateTransport()
        http = httpx2.AsyncClient(transport=wire, follow_redirects=False, trust_env=False)
        store = Store(settings.database_url)
        vault = Vault(store, ring, clock=clock, data_key_max_age=settings.data_key_max_age)
        apps = _apps(settings, http, store, clock, alone=alone)
        terms = ConsentTerms(settings.consent_max_age, settings.consent_warning)
        admission = Admission(allowed=settings.allowed_users, seats=settings.spotify_app_seats, terms=terms)
        cache = Cache(clock=clock)
        accounts = Accounts(
            vault,
            store,
            apps,
            admission=admission,
            clock=clock,
            forgotten=cache.forget,
            retention=settings.audit_retention,
        )
        return cls(http, store, vault, apps, accounts, cache, clock)

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
            for app in self.apps:
                await app.transport.access.load()
            await self._seat()
        except BaseException:
            await self.store.close()
            raise

    async def _seat(self) -> None:
        for client_id, people in (await self.accounts.seats.open()).items():
            log.warning(
                "people are linked through a Spotify app that is not set up here; they have to sign in again",
                app=short(client_id),
                people=people,
            )

    async def close(self) -> None:
        """Let refreshes in flight finish, then close everything."""
        await self.accounts.close()
        with suppress(StoreError):  # a server that runs for long does it now and then as well
            await self.accounts.trail.prune()
        await self.http.aclose()
        await self.store.close()


def _apps(
    settings: Settings,
    http: httpx2.AsyncClient,
    store: Store,
    clock: Callable[[], float],
    *,
    alone: bool,
) -> Apps:
    """Wire the Spotify apps, each with a pace, breakers and an access mode of its own."""
    apps = []
    for app in settings.apps[:1] if alone else settings.apps:
        oauth = SpotifyOAuth(http, app, accounts_url=settings.spotify_accounts_url)
        access = Access(StoredNotebook(store, app.client_id, clock=clock), clock=clock)
        transport = Transport(http, api_url=settings.spotify_api_url, clock=clock, access=access)
        apps.append(App(oauth, transport))
    return Apps(apps)


def build_mcp(
    callers: Callers,
    parts: Parts | None = None,
    *,
    auth: AuthProvider | None = None,
    kind: Callable[..., FastMCP] = StatelessMcp,
    ending: Callable[[], Awaitable[None]] | None = None,
    offering: Offering = EVERYTHING,
    quotas: Quotas | None = None,
) -> FastMCP:
    """Build the MCP server: tools, resources and prompts, behind the guards.

    Args:
        callers: Finds the person behind each call.
        parts: Opened when the server starts and closed when it ends.
        auth: The authorization server, when people sign in over HTTP.
        kind: Makes the server object.
        ending: Called when the server ends, before the parts are closed.
        offering: Which tools, and how they answer.
        quotas: How many requests one person and one client may make.
    """

    @asynccontextmanager
    async def lifespan(_server: FastMCP) -> AsyncIterator[dict[str, Any]]:
        if parts is None:
            yield {}
            return
        await parts.open()
        try:
            async with nullcontext() if auth is None else inspecting(parts.vault):
                yield {}
        finally:
            if ending is not None:
                await ending()
            await parts.close()

    trail = None if parts is None else parts.accounts.trail
    guards = Guards(callers, offering.toolsets, as_data=offering.as_data, trail=trail, quotas=quotas)
    offered = prompts()
    observer = Observer(tool.name for tool in guards.tools)
    fastmcp.settings.telemetry_mode = "off"  # its spans name people; ours are in telemetry/traces.py
    mcp = kind(
        "Auxcord",
        instructions=INSTRUCTIONS,
        version=__version__,
        auth=auth,
        middleware=[observer, guards, ResourceGuard(callers), PromptGuard(offered)],
        lifespan=lifespan,
        tools=guards.tools,
        mask_error_details=True,
        request_state_security=None if parts is None else request_state_security(parts.vault),
    )
    offer(mcp, callers, offered)
    return mcp


def build_local_mcp(
    parts: Parts, *, redirect_uri: str | None = None, offering: Offering = EVERYTHING
) -> FastMCP:
    """Build the MCP server for the one person of this computer, over stdio.

    Args:
        parts: What it is made of.
        redirect_uri: The loopback redirect registered with the Spotify app.
        offering: Which tools, and how they answer.
    """
    connection = LocalConnection(parts.vault, parts.accounts, parts.apps.first, redirect_uri=redirect_uri)
    callers = LocalCallers(
        parts.vault,
        parts.accounts,
        Questions(parts.vault, parts.store, clock=parts.clock),
        connection,
        clock=parts.clock,
        cache=parts.cache,
    )
    return build_mcp(callers, parts, ending=connection.close, offering=offering)


def build_unconfigured_mcp(reason: AuxcordError) -> FastMCP:
    """Build a server that answers every call with what to configure."""
    return build_mcp(UnconfiguredCallers(reason))
