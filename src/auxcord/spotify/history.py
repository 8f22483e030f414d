"""What the person listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from auxcord.errors import InputError
from auxcord.spotify.models import Artist, CursorPage, Page, PlayHistory, Track
from auxcord.spotify.session import checked_page

if TYPE_CHECKING:
    from auxcord.spotify.session import Session

TimeRange = Literal["short_term", "medium_term", "long_term"]
"""About four weeks, about six months, about a year."""


class History:
    """Recent plays, and what was played most."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def recently_played(
        self, limit: int = 20, before: int | str | None = None, after: int | str | None = None
    ) -> CursorPage[PlayHistory]:
        """The last plays of tracks, newest first (`GET /me/player/recently-played`); Spotify keeps about 50.

        Args:
            limit: 1 to 50.
            before: Only plays before this time, unix milliseconds or a page's cursor; not with `after`.
            after: Only plays after this time; not with `before`.
        """
        checked_page(limit, 0)
        if before is not None and after is not None:
            raise InputError("Ask for plays before a time or after one, not both.")
        return await self._session.get(
            CursorPage[PlayHistory],
            "/me/player/recently-played",
            limit=limit,
            before=before,
            after=after,
        )

    async def top_tracks(
        self, time_range: TimeRange = "medium_term", limit: int = 20, offset: int = 0
    ) -> Page[Track]:
        """The tracks played most (`GET /me/top/tracks`)."""
        checked_page(limit, offset)
        return await self._session.get(
            Page[Track], "/me/top/tracks", time_range=time_range, limit=limit, offset=offset
        )

    async def top_artists(
        self, time_range: TimeRange = "medium_term", limit: int = 20, offset: int = 0
    ) -> Page[Artist]:
        """The artists played most (`GET /me/top/artists`)."""
        checked_page(limit, offset)
        return await self._session.get(
            Page[Artist], "/me/top/artists", time_range=time_range, limit=limit, offset=offset
        )

    async def top(
        self,
        kind: Literal["tracks", "artists"],
        time_range: TimeRange = "medium_term",
        limit: int = 20,
        offset: int = 0,
    ) -> Page[Track] | Page[Artist]:
        """The tracks or artists played most."""
        find = self.top_tracks if kind == "tracks" else self.top_artists
        return await find(time_range, limit, offset)
