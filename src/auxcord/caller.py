"""Who is calling: one verified person, what they let this client do, and their Spotify.

A tool gets a `Caller` and nothing else. There is no way from a tool to another person.
"""

from __future__ import annotations

import base64
import binascii
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import anyio
import msgspec

from auxcord.errors import InputError, NotSignedInError, VaultCorruptError
from auxcord.spotify.scopes import SpotifyScope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from auxcord.accounts import Accounts, Link
    from auxcord.spotify.client import SpotifyClient
    from auxcord.vault import Vault
    from auxcord.vault.questions import Questions

__all__ = [
    "LEVELS",
    "SPOTIFY_SCOPES",
    "Caller",
    "Connection",
    "Cursors",
    "Permission",
    "Standing",
    "calling",
    "connecting",
    "current_caller",
    "current_connection",
]


class Permission(StrEnum):
    """What a person can give a client; these are also the scopes of our own access tokens."""

    READ = "read"
    PLAYBACK = "playback"
    EDIT = "edit"


LEVELS: Final[Mapping[str, frozenset[Permission]]] = MappingProxyType(
    {
        "look": frozenset({Permission.READ}),
        "control": frozenset({Permission.READ, Permission.PLAYBACK}),
        "everything": frozenset(Permission),
    },
)
"""The levels a person chooses from on the consent page, least first."""


def _scopes(*names: str) -> frozenset[SpotifyScope]:
    return frozenset(SpotifyScope(name) for name in names)


SPOTIFY_SCOPES: Final[Mapping[Permission, frozenset[SpotifyScope]]] = MappingProxyType(
    {
        Permission.READ: _scopes(
            "user-read-private",
            "user-library-read",
            "user-follow-read",
            "user-read-recently-played",
            "user-top-read",
            "user-read-playback-position",
            "user-read-playback-state",
            "user-read-currently-playing",
            "playlist-read-private",
            "playlist-read-collaborative",
        ),
        Permission.PLAYBACK: _scopes("user-modify-playback-state"),
        Permission.EDIT: _scopes(
            "playlist-modify-public",
            "playlist-modify-private",
            "user-library-modify",
            "user-follow-modify",
            "ugc-image-upload",
        ),
    },
)
"""The fewest Spotify scopes each permission needs; a test holds them against what the tools declare.

Source: https://developer.spotify.com/documentation/web-api/concepts/scopes
"""


class _Place(msgspec.Struct, array_like=True):
    """Where a list goes on, and until when (unix seconds) that is worth remembering."""

    until: int
    position: int | str


@dataclass(frozen=True, slots=True)
class Cursors:
    """Marks where a list goes on, for one person.

    A cursor is a short opaque text, sealed for this person and this very listing: nobody can read or forge
    it, and it opens for no other person, tool or set of arguments.

    Args:
        vault: Seals and opens.
        user_id: The person the cursors belong to.
        clock: Unix seconds.
        lifetime: Seconds a cursor stays valid.
    """

    vault: Vault = field(repr=False)
    user_id: str = field(repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)
    lifetime: int = 24 * 3600

    def seal(self, listing: str, position: int | str) -> str:
        """Make a cursor: `listing` names the tool and its arguments, `position` is where to go on."""
        place = _Place(until=int(self.clock()) + self.lifetime, position=position)
        sealed = self.vault.seal(self._purpose(listing), msgspec.json.encode(place))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_(self, listing: str, cursor: str) -> int | str:
        """Tell where `listing` goes on.

        Raises:
            InputError: The cursor is malformed, expired, another person's, or of another listing.
        """
        try:
            sealed = base64.b64decode(cursor.strip() + "=" * (-len(cursor.strip()) % 4), b"-_", validate=True)
            place = msgspec.json.decode(self.vault.open_(self._purpose(listing), sealed), type=_Place)
        except (binascii.Error, ValueError, VaultCorruptError, msgspec.MsgspecError):
            raise _no_such_place() from None
        if place.until < self.clock():
            raise _no_such_place()
        return place.position

    def _purpose(self, listing: str) -> str:
        return f"cursor\n{self.user_id}\n{listing}"


def _no_such_place() -> InputError:
    return InputError(
        "This cursor has expired or belongs to another list.",
        advice="Call again without cursor, and with the other arguments unchanged while paging.",
    )


async def _untold(_done: int, _of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One verified person behind one call, as a tool sees them.

    Args:
        user_id: Our own random id of the person.
        permissions: What the person gave this client.
        spotify: Spotify, as this person.
        accounts: The state of this person's link.
        cursors: Seals list cursors for this person.
        app: What to call the Spotify app they are linked through; None if this server no longer uses it.
        account_url: Where the person sees everything kept about them, and can remove or erase it; None over
            stdio.
        sign_in_url: Where the person can widen or renew what they gave; None over stdio, where
            `auxcord login` does it.
        sleep: Waits so many seconds, while a change at Spotify becomes visible.
        progress: Tells the client how far a long job is: so many of so many.
        questions: Makes and takes questions to this person.
    """

    user_id: str
    permissions: frozenset[Permission]
    spotify: SpotifyClient = field(repr=False)
    accounts: Accounts = field(repr=False)
    cursors: Cursors = field(repr=False)
    app: str | None = None
    sign_in_url: str | None = None
    account_url: str | None = None
    sleep: Callable[[float], Awaitable[None]] = field(default=anyio.sleep, repr=False)
    progress: Callable[[int, int], Awaitable[None]] = field(default=_untold, repr=False)
    questions: Questions = field(kw_only=True, repr=False)


class Standing(NamedTuple):
    """How far a person is: their link to Spotify, if they have one, and what this client may do."""

    link: Link | None
    permissions: frozenset[Permission]


class Connection(Protocol):
    """The way of the person behind a call to a link with Spotify, to its renewal, and to more permissions.

    It is there for people who have no account linked yet, too.

    Attributes:
        permissions: What this call may do.
        hint: What the person has to know about the address, if anything.
    """

    permissions: frozenset[Permission]
    hint: str

    async def standing(self) -> Standing:
        """Tell how far the person is now, as the store knows it.

        Raises:
            AuxcordError: What they last tried has failed; it is told once.
        """
        ...

    async def address(self) -> str:
        """Return the address at which the person signs in; it works for ten minutes at least.

        Raises:
            AddressInUseError: The port that Spotify would send them back to is not free.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        ...


_CALLER: ContextVar[Caller] = ContextVar("auxcord_caller")
_CONNECTION: ContextVar[Connection] = ContextVar("auxcord_connection")


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Let `caller` be the person behind everything inside this block, and in no other task."""
    token = _CALLER.set(caller)
    try:
        yield
    finally:
        _CALLER.reset(token)


@contextmanager
def connecting(connection: Connection) -> Iterator[None]:
    """Let `connection` be the one of everything inside this block, and of no other task."""
    token = _CONNECTION.set(connection)
    try:
        yield
    finally:
        _CONNECTION.reset(token)


def current_connection() -> Connection:
    """Return the connection of the call being served.

    Raises:
        NotSignedInError: It has none.
    """
    try:
        return _CONNECTION.get()
    except LookupError:
        raise NotSignedInError("Nobody is signed in.") from None


def current_caller() -> Caller:
    """Tell who stands behind the call being served.

    Raises:
        NotSignedInError: Nobody does.
    """
    try:
        return _CALLER.get()
    except LookupError:
        raise NotSignedInError("Nobody is signed in.") from None
