"""What was done to playlists in the last day, so that it can be undone: sealed in the person's vault.

It is one record, erased with the person. It holds so many changes and so many bytes; the oldest go first.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from auxcord.errors import VaultCorruptError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from auxcord.caller import Caller
    from auxcord.vault import Vault

KIND: Final = "playlist-changes"
LIFETIME: Final = 24 * 3600
MOST: Final = 20
LARGEST: Final = 512 * 1024
"""Bytes all changes of a person may take."""
_ATTEMPTS: Final = 5


class Added(msgspec.Struct, frozen=True, array_like=True):
    """Entries that were put in, in one stretch from `place` (from 0) on, when there were `size` of them."""

    place: int
    uris: tuple[str, ...]
    size: int = -1

    def __iter__(self) -> Iterator[Any]:
        """Take it apart."""
        return iter((self.place, self.uris, self.size))


class Details(msgspec.Struct, frozen=True, array_like=True):
    """What a playlist was called, and who could see it."""

    name: str
    description: str
    public: bool | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change to a playlist.

    Attributes:
        id: Which one.
        at: Unix seconds.
        playlist_id: Of which playlist.
        name: What the playlist was called then, untrusted.
        what: What was done, in a few words.
        before: Every entry before it, packed; empty if only `added` or `details` is needed.
        after: A digest of the entries that should be there now; empty if that is not known.
        added: What was put in.
        details: What the details were before.
        is_cut_off: Its call was cancelled before it was through.
    """

    id: str
    at: float
    playlist_id: str
    name: str
    what: str
    before: bytes = b""
    after: bytes = b""
    added: Added | None = None
    details: Details | None = None
    is_cut_off: bool = False

    def entries_before(self) -> list[str]:
        """Return every entry before it."""
        packed = zlib.decompress(self.before).decode() if self.before else ""
        return packed.split("\n") if packed else []


def packed(entries: Sequence[str]) -> bytes:
    """Pack entries for `Change.before`."""
    return zlib.compress("\n".join(entries).encode())


def digest(entries: Sequence[str]) -> bytes:
    """Return what `Change.after` is compared with."""
    return hashlib.sha256("\n".join(entries).encode()).digest()


class Journal:
    """The changes of one person.

    Args:
        vault: Seals them.
        user_id: The person.
        clock: Unix seconds.
    """

    def __init__(self, vault: Vault, user_id: str, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._user_id = user_id
        self._clock = clock

    @classmethod
    def of(cls, caller: Caller) -> Journal:
        """Open the caller's journal."""
        return cls(caller.cursors.vault, caller.user_id, caller.cursors.clock)

    async def changes(self) -> list[Change]:
        """Return what can be undone, the newest first."""
        _, kept = await self._read()
        return kept[::-1]

    async def note(self, playlist_id: str, name: str, what: str, **more: object) -> Change:
        """Write down a change before it is made; see `Change` for what else there is to say."""
        change = Change(
            id=secrets.token_hex(4),
            at=self._clock(),
            playlist_id=playlist_id,
            name=name,
            what=what,
            **more,  # type: ignore[arg-type]  # the struct checks nothing, its readers are typed
        )
        await self._update(lambda kept: [*kept, change])
        return change

    async def strike(self, change: Change) -> None:
        """Cross a change out: it was undone, or never made."""
        await self._update(lambda kept: [other for other in kept if other.id != change.id])

    async def mark(self, change: Change, *, cut_off: bool = True) -> None:
        """Write down whether the call that makes a change was cut off."""
        await self.amend(change, is_cut_off=cut_off)

    async def amend(self, change: Change, **more: object) -> None:
        """Write down how far a change, or taking it back, has come."""
        amended = msgspec.structs.replace(change, **more)
        await self._update(lambda kept: [amended if other.id == change.id else other for other in kept])

    async def _read(self) -> tuple[int, list[Change]]:
        try:
            record = await self._vault.get(self._user_id, KIND)
        except VaultCorruptError:
            return 0, []
        if record is None:
            return 0, []
        oldest = self._clock() - LIFETIME
        kept = msgspec.msgpack.decode(record.content, type=list[Change])
        return record.version, [change for change in kept if change.at > oldest]

    async def _update(self, edit: Callable[[list[Change]], list[Change]]) -> None:
        """Compare-and-swap, as two tools may change playlists side by side.

        Raises:
            VersionConflictError: It was written too often meanwhile; nothing was changed.
        """
        for attempt in range(_ATTEMPTS):
            version, kept = await self._read()
            try:
                await self._vault.put(self._user_id, KIND, _encoded(edit(kept)), expected=version)
            except VersionConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


def _encoded(changes: list[Change]) -> bytes:
    """Encode the newest changes that fit."""
    kept = changes[-MOST:]
    content = msgspec.msgpack.encode(kept)
    while len(content) > LARGEST and kept:
        kept = kept[1:]
        content = msgspec.msgpack.encode(kept)
    return content
