"""People's Spotify accounts: linking them, a valid access token at any time, and forgetting them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from auxcord.accounts.link import KeptLink
from auxcord.accounts.links import Links
from auxcord.accounts.refreshing import Refresher
from auxcord.errors import (
    AlreadyLinkedError,
    SpotifyError,
    StoreUnavailableError,
    VersionConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.accounts.link import Link
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import SpotifyOAuth, TokenSet
    from auxcord.spotify.tokens import TokenSource
    from auxcord.store import Store
    from auxcord.vault import Vault

_JUST_OBTAINED: Final = 30.0
_USABLE: Final = 1.0
_ATTEMPTS: Final = 10
_BY_ACCOUNT: Final = "https://accounts.spotify.com"
_BY_USER: Final = "https://accounts.spotify.com#user"


class Accounts:
    """Everybody's link to Spotify.

    Args:
        vault: Seals the links.
        store: Where they lie, and the leases.
        oauth: Spotify's accounts service.
        clock: Unix seconds.
        sleep: Waits so many seconds.
        forgotten: Told the id of everybody who is erased, so that nothing of theirs stays elsewhere.
    """

    def __init__(
        self,
        vault: Vault,
        store: Store,
        oauth: SpotifyOAuth,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        forgotten: Callable[[str], None] | None = None,
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._forgotten = forgotten
        self._links = Links(vault, store, clock)
        self._refresher = Refresher(self._links, oauth, clock=clock, sleep=sleep)

    async def find(self, profile: User) -> str | None:
        """Return the id of the person who holds this Spotify account; None if nobody here does."""
        return await self._vault.find(*_identity(profile))

    async def link(self, tokens: TokenSet, profile: User, *, expected_user: str | None = None) -> str:
        """Keep what a person has just consented to and return their id; linking again renews the link.

        Args:
            tokens: From the code exchange.
            profile: Whose tokens they are, as Spotify says.
            expected_user: The id of the person who asked for it, if known already.

        Raises:
            AlreadyLinkedError: `expected_user` is linked to another Spotify account; nothing was changed.
            SpotifySignInError: Spotify granted no refresh token.
        """
        issuer, account_id = _identity(profile)
        if expected_user is not None and expected_user != await self._vault.find(issuer, account_id):
            raise AlreadyLinkedError("This person is linked to another Spotify account.")
        link = KeptLink.of(tokens, profile, self._clock())
        for _ in range(_ATTEMPTS):
            user_id = await self._vault.enrol(issuer, account_id)
            kept = await self._links.stored(user_id)
            try:
                await self._links.replace(user_id, kept.version if kept else 0, link)
            except VersionConflictError:
                continue  # a refresh or an erasure came between; a new consent counts more than either
            self._refresher.succeeded(user_id)
            return user_id
        raise StoreUnavailableError("The link is being changed too often at the moment.")

    async def access_token(self, user_id: str, *, refused: str | None = None) -> str:
        """Return an access token of the person that works now, refreshed if need be.

        Args:
            user_id: Whose.
            refused: The one Spotify has just refused, if that is why one is asked for.

        Raises:
            NotLinkedError: No account is linked.
            ReauthorizationRequiredError: The person must consent again.
            SpotifyError: It has run out and Spotify cannot renew it now; the link is as it was.
            StoreUnavailableError: It has run out and the database cannot be written.
        """
        link = (await self._links.read(user_id)).link
        link.require_active()
        now = self._clock()
        if refused == link.access_token and 0 <= now - link.obtained_at < _JUST_OBTAINED:
            return refused  # Spotify refuses even new tokens: asking for another would not end
        if link.is_fresh(now=now, margin=link.margin, refused=refused):
            if not link.is_fresh(now=now, margin=link.early_margin, refused=None):
                self._refresher.begin(user_id, margin=link.early_margin)
            return link.access_token
        try:
            return (await self._refresher.renew(user_id, margin=link.margin, refused=refused)).access_token
        except (SpotifyError, StoreUnavailableError):
            if link.is_fresh(now=self._clock(), margin=_USABLE, refused=refused):
                return link.access_token
            raise

    async def describe(self, user_id: str) -> Link:
        """Tell about the person's link; never a token.

        Raises:
            NotLinkedError: No account is linked.
        """
        return (await self._links.read(user_id)).link.shown(user_id, self._clock())

    async def forget(self, user_id: str) -> bool:
        """Erase everything of the person, here and on the disk; say whether there was anything.

        Spotify keeps its own list of apps: the person can remove this one at spotify.com/account/apps.

        Raises:
            StoreUnavailableError: See `Vault.forget`; repeat it.
        """
        try:
            return await self._vault.forget(user_id)
        finally:
            self._links.let_go(user_id)
            if self._forgotten is not None:
                self._forgotten(user_id)

    def tokens(self, user_id: str) -> TokenSource:
        """Return where a Spotify client gets this person's access tokens."""
        return PersonTokens(self, user_id)

    async def close(self) -> None:
        """Wait until every refresh under way is written. Call it before closing the store."""
        await self._refresher.close()


class PersonTokens:
    """One person's access tokens, for a Spotify client."""

    def __init__(self, accounts: Accounts, user_id: str) -> None:
        self._accounts = accounts
        self._user_id = user_id

    async def current(self) -> str:
        """Return an access token that works now; see `Accounts.access_token`."""
        return await self._accounts.access_token(self._user_id)

    async def renewed(self, refused: str) -> str:
        """Return another one after Spotify refused this one; see `Accounts.access_token`."""
        return await self._accounts.access_token(self._user_id, refused=refused)


def _identity(profile: User) -> tuple[str, str]:
    """Return what identifies the account for good; the user id, which may change, only for want of it."""
    if profile.account_id:
        return _BY_ACCOUNT, profile.account_id
    return _BY_USER, profile.id
