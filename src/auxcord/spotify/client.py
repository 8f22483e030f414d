"""Spotify as one person sees it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from auxcord.errors import EndpointClosedError
from auxcord.spotify.browse import Browse
from auxcord.spotify.catalog import Catalog
from auxcord.spotify.history import History
from auxcord.spotify.library import Library
from auxcord.spotify.modes import Mode
from auxcord.spotify.playback import Playback
from auxcord.spotify.playlists import Playlists
from auxcord.spotify.profile import Profile
from auxcord.spotify.session import Session

if TYPE_CHECKING:
    from auxcord.spotify.cache import Shelf
    from auxcord.spotify.tokens import TokenSource
    from auxcord.spotify.transport import Transport

T = TypeVar("T")


class SpotifyClient:
    """Everything one person can do at Spotify, by domain. Cheap to make: one per person and call.

    Args:
        transport: Shared by everybody in the process.
        tokens: The person's access token.
        shelf: What is kept for the person, from `Cache.shelf`; nothing is kept when omitted.
    """

    def __init__(self, transport: Transport, tokens: TokenSource, shelf: Shelf | None = None) -> None:
        session = Session(transport, tokens, shelf)
        self._session = session
        self.profile = Profile(session)
        self.catalog = Catalog(session)
        self.browse = Browse(session)
        self.playback = Playback(session)
        self.library = Library(session)
        self.playlists = Playlists(session)
        self.history = History(session)

    async def follow(self, shape: type[T], address: str) -> T:
        """Read a page by the `next` of the page before it, such as `follow(Page[Track], page.next)`."""
        return await self._session.follow(shape, address)

    @property
    def mode(self) -> Mode:
        """What kind of app this is, as far as Spotify's answers have told."""
        return self._session.access.mode

    async def find_mode(self) -> Mode:
        """What kind of app this is; while that is unknown, Spotify is asked for one or two things that tell.

        Raises:
            SpotifyError: It could not be asked.
        """
        access = self._session.access
        with suppress(EndpointClosedError):
            if access.mode is Mode.UNKNOWN and not access.is_older:
                await self.browse.markets()
        with suppress(EndpointClosedError):
            if access.mode is Mode.UNKNOWN:
                await self.browse.featured(limit=1)
        return access.mode
