"""People's Spotify accounts: linking them, a valid access token at any time, and forgetting them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec

from auxcord.accounts.admission import Admission
from auxcord.accounts.link import KeptLink
from auxcord.accounts.links import Links
from auxcord.accounts.refreshing import Refresher
from auxcord.accounts.seats import Seats
from auxcord.audit import Event, Trail
from auxcord.audit.trail import CHAIN, RETENTION
from auxcord.errors import (
    AlreadyLinkedError,
    SpotifyError,
    StoreUnavailableError,
    VaultCorruptError,
    VersionConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection

    from auxcord.accounts.link import Link
    from auxcord.spotify.apps import App, Apps
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import TokenSet
    from auxcord.spotify.tokens import TokenSource
    from auxcord.store import Store
    from auxcord.vault import Vault

_USABLE: Final = 1.0
_ATTEMPTS: Final = 10
_BY_ACCOUNT: Final = "https://accounts.spotify.com"
_BY_USER: Final = "https://accounts.spotify.com#user"


class Accounts:
    """Everybody's link to Spotify.

    Args:
        vault: Seals the links.
        store: Where they lie, and the leases.
        apps: The Spotify apps people link through.
        admission: Who may link, and how many through each app; anybody and any number when omitted.
        clock: Unix seconds.
        sleep: Waits so many seconds.
        forgotten: Told the id of everybody who is erased, so that nothing of theirs stays elsewhere.
        retention: Seconds the audit trail keeps a line.

    Attributes:
        apps: As given.
        admission: As given.
        trail: The audit trail of the database.
        seats: Who uses which app.
    """

    def __init__(
        self,
        vault: Vault,
        store: Store,
        apps: Apps,
        *,
        admission: Admission | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        forgotten: Callable[[str], None] | None = None,
        retention: float = RETENTION,
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._forgotten = forgotten
        self.apps = apps
        self.admission = admission or Admission()
        self.trail = Trail(store, lambda: vault.derived(CHAIN), clock=clock, retention=retention)
        vault.tell_of_new_keys(self._tell_of_new_key)
        self.seats = Seats(store, apps, self.admission, clock=clock)
        self._links = Links(vault, store, self.trail, terms=self.admission.terms, clock=clock)
        self._refresher = Refresher(
            self._links, self.seats, self.trail, clock=clock, steady=store.steady, sleep=sleep
        )

    def _tell_of_new_key(self, connection: Connection, user_id: str) -> None:
        self.trail.entry(connection, Event.DATA_KEY_ROTATED, user=user_id)

    async def find(self, profile: User) -> str | None:
        """Return the id of the person who holds this Spotify account; None if nobody here does."""
        return await self._vault.find(*_identity(profile))

    async def link(self, tokens: TokenSet, profile: User, *, expected_user: str | None = None) -> str:
        """Keep what a person has just consented to and return their id; linking again renews the link.

        They take a seat in the Spotify app they consented to, in the same transaction; a seat in another app
        is given up. Of somebody new who finds no seat nothing is stored.

        Args:
            tokens: From the code exchange.
            profile: Whose tokens they are, as Spotify says.
            expected_user: The id of the person who asked for it, if known already.

        Raises:
            NotAdmittedError: The person is not on the operator's list.
            SeatsTakenError: The app has no free seat.
            AlreadyLinkedError: `expected_user` is linked to another Spotify account; nothing was changed.
            SpotifySignInError: Spotify granted no refresh token.
        """
        self.admission.require(profile.id)
        account = _identity(profile)
        if expected_user is not None and expected_user != await self._vault.find(*account):
            raise AlreadyLinkedError("This person is linked to another Spotify account.")
        app = self.apps.issuer_of(tokens)
        link = KeptLink.of(tokens, profile, self._clock(), client_id=app.client_id)
        for _ in range(_ATTEMPTS):
            user_id = await self._put(account, link, app)
            if user_id is not None:
                self._refresher.succeeded(user_id, app)
                return user_id
        raise StoreUnavailableError("The link is being changed too often at the moment.")

    async def _put(self, account: tuple[str, str], link: KeptLink, app: App) -> str | None:
        """Write a person's link and seat, and tell of it; None if something came between."""
        user_id = await self._vault.find(*account)
        if user_id is None:
            return await self._links.create(account, link, self._besides(app, Event.LINK_MADE))
        try:
            kept = await self._links.stored(user_id)
            besides = self._besides(app, Event.LINK_RENEWED if kept else Event.LINK_MADE)
            await self._links.replace(user_id, kept.version if kept else 0, link, along=besides)
        except VersionConflictError:
            return None  # a refresh or an erasure came between; a new consent counts more than either
        except VaultCorruptError:
            await self._links.mend(user_id)
            return None
        return user_id

    def _besides(self, app: App, event: Event) -> Callable[[Connection, str], None]:
        seat = self.seats.taking(app)

        def write(connection: Connection, user_id: str) -> None:
            seat(connection, user_id)
            self.trail.entry(connection, event, user=user_id)

        return write

    async def access_token(self, user_id: str, *, refused: str | None = None) -> str:
        """Return an access token of the person that works now, refreshed if need be.

        Args:
            user_id: Whose.
            refused: The one Spotify has just refused, if that is why one is asked for.

        Raises:
            NotLinkedError: No account is linked.
            ReauthorizationRequiredError: The person must consent again.
            NotAdmittedError: The operator has taken them off the list.
            SpotifyError: It has run out and Spotify cannot renew it now; the link is as it was.
            StoreUnavailableError: It has run out and the database cannot be written.
        """
        link = (await self._links.read(user_id)).link
        self.admission.require(link.spotify_user_id)
        self._links.require_active(link)
        app = await self.seats.app(user_id, link.client_id)
        now = self._clock()
        if refused == link.access_token and link.is_just_renewed(now):
            return refused  # Spotify refuses even new tokens: asking for another would not end
        if link.is_fresh(now=now, margin=link.margin, refused=refused):
            if not link.is_fresh(now=now, margin=link.early_margin, refused=None):
                self._refresher.begin(user_id, app, margin=link.early_margin)
            return link.access_token
        try:
            renewed = await self._refresher.renew(user_id, app, margin=link.margin, refused=refused)
        except (SpotifyError, StoreUnavailableError):
            if link.is_fresh(now=self._clock(), margin=_USABLE, refused=refused):
                return link.access_token
            raise
        return renewed.access_token

    async def is_admitted(self, user_id: str) -> bool:
        """Say whether the operator lets the person use their link; who has none is let through to be told."""
        if self.admission.is_open:
            return True
        try:
            kept = await self._links.stored(user_id)
        except VaultCorruptError:
            return False
        return kept is None or self.admission.admits(kept.link.spotify_user_id)

    async def describe(self, user_id: str) -> Link:
        """Tell about the person's link; never a token.

        Raises:
            NotLinkedError: No account is linked.
        """
        return (await self._links.read(user_id)).link.shown(user_id, self._clock(), self.admission.terms)

    async def disclose(self, user_id: str) -> dict[str, object]:
        """Tell everything that is kept of the person's link, for themselves; never a token.

        Raises:
            NotLinkedError: No account is linked.
            VaultCorruptError: It does not open.
        """
        kept = msgspec.structs.asdict((await self._links.read(user_id)).link)
        return {name: value for name, value in kept.items() if not name.endswith("_token")}

    async def forget(self, user_id: str, *, by: str = "person") -> bool:
        """Erase everything of the person, here and on the disk; say whether there was anything.

        Spotify keeps its own list of apps: the person can remove this one at spotify.com/account/apps.

        Args:
            user_id: Whom.
            by: Who wants it: the `person`, a `client` on their behalf, or the `operator`.

        Raises:
            StoreUnavailableError: See `Vault.forget`; repeat it.
        """

        def tell(connection: Connection) -> None:
            self.trail.erase(connection, user_id, by=by)

        try:
            return await self._vault.forget(user_id, along=tell)
        finally:
            self._links.let_go(user_id)
            if self._forgotten is not None:
                self._forgotten(user_id)

    async def forget_many(self, user_ids: Sequence[str], *, by: str) -> int:
        """Erase everything of many people; return how many of them there were. See `forget`."""

        def tell(connection: Connection, some: Sequence[str]) -> None:
            self.trail.erase_many(connection, some, by=by)

        try:
            return await self._vault.forget_many(user_ids, along=tell)
        finally:
            for user_id in user_ids:
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
