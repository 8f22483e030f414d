"""How people who talk to a model come to a link with Spotify: over HTTP our pages, over stdio a listener."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from auxcord.caller import LEVELS, Standing
from auxcord.errors import (
    AlreadyLinkedError,
    AuxcordError,
    NotLinkedError,
    SpotifySignInError,
    VaultCorruptError,
)
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.tokens import JustIssued
from auxcord.telemetry import incidents

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from auxcord.accounts import Accounts, Link
    from auxcord.caller import Permission
    from auxcord.server.local import LoopbackSignIn
    from auxcord.spotify.apps import App
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import TokenSet
    from auxcord.vault import Vault

log = structlog.get_logger(__name__)

_REDEEMING_SECONDS: Final = 10.0
"""Who is back from Spotify has a link, or an error, within so many seconds."""


async def _link_of(accounts: Accounts, user_id: str) -> Link | None:
    try:
        return await accounts.describe(user_id)
    except (NotLinkedError, VaultCorruptError):
        return None  # a new sign-in mends both


class GrantConnection:
    """Over HTTP: the person of a grant, who widens and renews it on our pages.

    Args:
        accounts: Their link.
        user_id: Who they are.
        permissions: What the token of this call may do.
        address: Where they widen or renew the grant.
        granted: Tells what the grant allows now.
        sleep: Waits so many seconds.
    """

    hint = ""

    def __init__(
        self,
        accounts: Accounts,
        user_id: str,
        permissions: frozenset[Permission],
        *,
        address: str,
        granted: Callable[[], Awaitable[frozenset[Permission]]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.permissions = permissions
        self._accounts = accounts
        self._user_id = user_id
        self._address = address
        self._granted = granted
        self._sleep = sleep
        self._has_all: bool | None = None

    async def standing(self) -> Standing:
        """Tell how far the person is; see `Connection`."""
        granted = await self._granted()
        if self._has_all is None:
            self._has_all = granted == self.permissions
        # A token that was asked for with less than the grant does not widen with it.
        permissions = granted if self._has_all else self.permissions
        return Standing(await _link_of(self._accounts, self._user_id), permissions)

    async def address(self) -> str:
        """Return the address of our page; see `Connection`."""
        return self._address

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await self._sleep(seconds)


class LocalConnection:
    """Over stdio: this computer's person, whose browser comes back to a listener that waits ten minutes.

    Args:
        vault: Knows who they are, if anybody.
        accounts: Their link.
        app: The Spotify app they sign in through.
        redirect_uri: The loopback redirect that is registered with the Spotify app.
        sleep: Waits so many seconds.
    """

    permissions = LEVELS["everything"]
    hint = (
        "It has to be a browser on the computer Auxcord runs on; for another one, run there "
        "`auxcord login --paste` in a terminal."
    )

    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        app: App,
        *,
        redirect_uri: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._vault = vault
        self._accounts = accounts
        self._app = app
        self._redirect_uri = redirect_uri
        self._sleep = sleep
        self._sign_in: LoopbackSignIn | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._link: asyncio.Future[str]
        self._failure: AuxcordError | None = None

    async def standing(self) -> Standing:
        """Tell how far the person is, or why their last sign-in failed; see `Connection`."""
        if self._sign_in is not None and self._sign_in.is_answered and self._waiting is not None:
            await asyncio.wait({self._waiting}, timeout=_REDEEMING_SECONDS)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        user_id = await self._vault.sole_user()
        link = None if user_id is None else await _link_of(self._accounts, user_id)
        return Standing(link, self.permissions)

    async def address(self) -> str:
        """Return the address that leads to Spotify; the listener behind it is up. See `Connection`."""
        from auxcord.server.local import DEFAULT_REDIRECT, LoopbackSignIn  # noqa: PLC0415 - most never need it

        if self._waiting is None or self._waiting.done():
            redirect = self._redirect_uri or DEFAULT_REDIRECT
            sign_in = LoopbackSignIn(self._app.oauth, redirect_uri=redirect, through_chat=True)
            listener = sign_in.listen()
            self._sign_in = sign_in
            self._link = asyncio.get_running_loop().create_future()
            self._waiting = asyncio.create_task(self._finish(sign_in, listener, self._link))
        return await asyncio.shield(self._link)

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await self._sleep(seconds)

    async def close(self) -> None:
        """Give up a sign-in that is under way."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.wait({self._waiting})

    async def _finish(
        self, sign_in: LoopbackSignIn, listener: socket.socket, link: asyncio.Future[str]
    ) -> None:
        """See a sign-in through, whether or not anybody asks for it again."""
        try:
            tokens = await sign_in.wait(listener, opened=link.set_result)
            await keep(tokens, self._vault, self._accounts, self._app)
        except AuxcordError as error:
            log.warning("the sign-in failed", code=error.code)
            self._failure = error
        except Exception as error:  # noqa: BLE001 - nobody waits for this task: it is told with the next call
            reference = incidents.record(error, "sign-in")
            self._failure = SpotifySignInError(
                f"Something went wrong inside Auxcord; its log says more under {reference}."
            )
        if not link.done():  # the listener never came up
            link.set_exception(self._failure or SpotifySignInError("The sign-in has ended."))


async def keep(tokens: TokenSet, vault: Vault, accounts: Accounts, app: App) -> User:
    """Link this computer's person to the Spotify account they have just signed in to, and return it.

    Raises:
        AlreadyLinkedError: Another account is linked here.
        SpotifyError: Spotify does not say whose tokens these are.
    """
    user = await SpotifyClient(app.transport, JustIssued(tokens.access_token)).profile.me()
    try:
        await accounts.link(tokens, user, expected_user=await vault.sole_user())
    except AlreadyLinkedError as error:
        advice = "Disconnect the other account first: `auxcord logout`, or the tool disconnect_account."
        raise AlreadyLinkedError(str(error), advice=advice) from None
    return user
