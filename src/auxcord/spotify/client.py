"""Spotify as one person sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from auxcord.spotify.catalog import Catalog
from auxcord.spotify.history import History
from auxcord.spotify.library import Library
from auxcord.spotify.playback import Playback
from auxcord.spotify.playlists import Playlists
from auxcord.spotify.profile import Profile
from auxcord.spotify.session import Session

if TYPE_CHECKING:
    from auxcord.spotify.cache import Shelf
    from auxcord.spotify.transport import TokenSource, Transport

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
        self.playback = Playback(session)
        self.library = Library(session)
        self.playlists = Playlists(session)
        self.history = History(session)

    async def follow(self, shape: type[T], address: str) -> T:
        """Read a page by the `next` of the page before it, such as `follow(Page[Track], page.next)`."""
        return await self._session.follow(shape, address)
