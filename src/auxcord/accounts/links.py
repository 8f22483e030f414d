"""Reading and replacing people's links in the vault, each replacement a compare-and-swap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from sqlalchemy import select

from auxcord.accounts.link import KeptLink
from auxcord.audit import Event
from auxcord.errors import NotLinkedError, VaultCorruptError
from auxcord.store import leases
from auxcord.store.files import require_room
from auxcord.store.schema import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.accounts.link import ConsentTerms
    from auxcord.audit import Trail
    from auxcord.store import Store
    from auxcord.vault import Vault

KIND: Final = "spotify-link"
LEASE_SECONDS: Final = 45.0
"""Longer than any refresh can take, so that no second one begins while the first is under way."""


class Kept(NamedTuple):
    """A link and the version of its record."""

    version: int
    link: KeptLink


class Links:
    """People's links.

    A link that could not be written yet is held here and takes the place of the version it was to replace, so
    that a refresh token Spotify has just issued is used even while the disk is full.

    Args:
        vault: Seals them.
        store: Where the leases on them lie.
        trail: Told when one does not open.
        terms: How long a consent counts.
        clock: Unix seconds.
    """

    def __init__(
        self, vault: Vault, store: Store, trail: Trail, *, terms: ConsentTerms, clock: Callable[[], float]
    ) -> None:
        self._vault = vault
        self._store = store
        self._trail = trail
        self._terms = terms
        self._clock = clock
        self._held: dict[str, Kept] = {}

    async def read(self, user_id: str) -> Kept:
        """Return a person's link.

        Raises:
            NotLinkedError: There is none.
        """
        kept = await self.stored(user_id)
        if kept is None:
            self.let_go(user_id)
            raise NotLinkedError("No Spotify account is linked.")
        held = self._held.get(user_id)
        return held if held is not None and held.version == kept.version else kept

    def require_active(self, link: KeptLink) -> None:
        """Insist that a link works now.

        Raises:
            ReauthorizationRequiredError: It does not; the person must consent again.
        """
        link.require_active(self._clock(), self._terms)

    async def stored(self, user_id: str) -> Kept | None:
        """Return a person's link as it is on the disk, None if there is none.

        Raises:
            VaultCorruptError: It does not open.
        """
        try:
            return await self._opened(user_id)
        except VaultCorruptError:
            await self._trail.record_sparingly(Event.RECORD_CORRUPT, user=user_id, record=KIND)
            raise

    async def _opened(self, user_id: str) -> Kept | None:
        record = await self._vault.get(user_id, KIND)
        if record is None:
            return None
        try:
            return Kept(record.version, msgspec.json.decode(record.content, type=KeptLink))
        except msgspec.MsgspecError as error:
            raise VaultCorruptError(
                "The link's record has a form this version does not know.",
                advice="If a newer Auxcord wrote it, run that one. Otherwise disconnect, and link again.",
            ) from error

    async def create(
        self, account: tuple[str, str], link: KeptLink, along: Callable[[Connection, str], object]
    ) -> str | None:
        """Enrol somebody new with their link, and return their id; None if they were enrolled meanwhile.

        Args:
            account: Who gave the account its id, and the id.
            link: Theirs.
            along: What else to write with it, by their id; when it raises, nothing is stored.
        """
        content, is_new = msgspec.json.encode(link), False

        def begin(connection: Connection, user_id: str) -> None:
            nonlocal is_new
            self._vault.write(connection, user_id, KIND, content, expected=0)
            along(connection, user_id)
            is_new = True

        user_id = await self._vault.enrol(*account, along=begin)
        return user_id if is_new else None

    async def replace(
        self,
        user_id: str,
        expected: int,
        link: KeptLink,
        *,
        holder: str | None = None,
        along: Callable[[Connection, str], object] | None = None,
    ) -> None:
        """Write a person's link over version `expected`, and give the holder's lease back with it.

        Raises:
            VersionConflictError: It is another version by now, or the person is gone.
        """

        def besides(connection: Connection) -> None:
            if holder is not None:
                leases.release(connection, lease_name(user_id), holder)
            if along is not None:
                along(connection, user_id)

        await self._vault.put(user_id, KIND, msgspec.json.encode(link), expected=expected, along=besides)
        self.let_go(user_id)

    async def mend(self, user_id: str) -> None:
        """Make room for a new link where the old one can no longer be read; see `Vault.mend`."""
        await self._vault.mend(user_id, KIND)
        self.let_go(user_id)

    def hold(self, user_id: str, kept: Kept) -> None:
        """Use this link until it can be written."""
        self._held[user_id] = kept

    def let_go(self, user_id: str) -> None:
        """Use what is on the disk again."""
        self._held.pop(user_id, None)

    async def lease(self, user_id: str, version: int, holder: str) -> bool:
        """Take the lease on refreshing a person's link, provided its record is at `version` still."""
        current = select(records.c.version).where(records.c.user_id == user_id, records.c.kind == KIND)

        def take(connection: Connection) -> bool:
            require_room(self._store.path)  # so that the outcome finds room as well
            return connection.scalar(current) == version and leases.acquire(
                connection, lease_name(user_id), holder, now=self._store.steady(), seconds=LEASE_SECONDS
            )

        return await self._store.transact(take)

    async def release(self, user_id: str, holder: str) -> None:
        """Give the lease back."""
        await self._store.transact(lambda connection: leases.release(connection, lease_name(user_id), holder))


def lease_name(user_id: str) -> str:
    """Return the name of the lease on refreshing a person's link."""
    return f"{user_id}/refresh"
