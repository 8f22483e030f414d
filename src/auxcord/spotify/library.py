"""What the person saved and follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.errors import AmbiguousWriteError, InputError, MalformedAnswerError, SpotifyError
from auxcord.spotify.models import (
    Artist,
    CursorPage,
    Page,
    SavedAlbum,
    SavedAudiobook,
    SavedEpisode,
    SavedShow,
    SavedTrack,
)
from auxcord.spotify.models.wrappers import Following
from auxcord.spotify.session import checked_page, chunks
from auxcord.spotify.together import together
from auxcord.spotify.uris import Kind, SpotifyUri, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.spotify.session import Session

AT_ONCE = 40
"""URIs that `/me/library` takes in one request; they go in the query, not the body."""


class Library:
    """Saved tracks, albums, shows, episodes and audiobooks; followed artists and playlists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def tracks(self, limit: int = 20, offset: int = 0, market: str | None = None) -> Page[SavedTrack]:
        """Saved tracks, newest first (`GET /me/tracks`)."""
        checked_page(limit, offset)
        return await self._session.get(
            Page[SavedTrack], "/me/tracks", limit=limit, offset=offset, market=market
        )

    async def albums(self, limit: int = 20, offset: int = 0, market: str | None = None) -> Page[SavedAlbum]:
        """Saved albums, newest first (`GET /me/albums`)."""
        checked_page(limit, offset)
        return await self._session.get(
            Page[SavedAlbum], "/me/albums", limit=limit, offset=offset, market=market
        )

    async def shows(self, limit: int = 20, offset: int = 0) -> Page[SavedShow]:
        """Saved shows, newest first (`GET /me/shows`)."""
        checked_page(limit, offset)
        return await self._session.get(Page[SavedShow], "/me/shows", limit=limit, offset=offset)

    async def episodes(
        self, limit: int = 20, offset: int = 0, market: str | None = None
    ) -> Page[SavedEpisode]:
        """Saved episodes, newest first (`GET /me/episodes`)."""
        checked_page(limit, offset)
        return await self._session.get(
            Page[SavedEpisode], "/me/episodes", limit=limit, offset=offset, market=market
        )

    async def audiobooks(self, limit: int = 20, offset: int = 0) -> Page[SavedAudiobook]:
        """Saved audiobooks, newest first (`GET /me/audiobooks`)."""
        checked_page(limit, offset)
        return await self._session.get(Page[SavedAudiobook], "/me/audiobooks", limit=limit, offset=offset)

    async def artists(self, limit: int = 20, after: str | None = None) -> CursorPage[Artist]:
        """Followed artists (`GET /me/following`), from the one after the artist id `after` on."""
        checked_page(limit, 0)
        answer = await self._session.get(Following, "/me/following", type="artist", limit=limit, after=after)
        return answer.artists

    async def save(self, uris: Sequence[str | SpotifyUri]) -> None:
        """Save or follow things of any kind, in order (`PUT /me/library`).

        Raises:
            AmbiguousWriteError: Only a part was saved; the sentence says how far it came.
        """
        await self._change("PUT", _named(uris), "saved")

    async def remove(self, uris: Sequence[str | SpotifyUri]) -> None:
        """Remove or unfollow things (`DELETE /me/library`); this is also how a playlist is deleted.

        Raises:
            AmbiguousWriteError: Only a part was removed; the sentence says how far it came.
        """
        await self._change("DELETE", _named(uris), "removed")

    async def contains(self, uris: Sequence[str | SpotifyUri]) -> list[bool]:
        """Whether each thing is saved or followed, in the order asked (`GET /me/library/contains`)."""
        parts = list(chunks(_named(uris), AT_ONCE))
        answers = await together(self._contains, parts, width=self._session.width)
        return [saved for answer in answers for saved in answer]

    async def _change(self, method: str, uris: Sequence[str], done_to_them: str) -> None:
        done = 0
        for chunk in chunks(uris, AT_ONCE):
            try:
                await self._session.command(method, "/me/library", uris=",".join(chunk))
            except SpotifyError as error:
                if not done:
                    raise
                raise AmbiguousWriteError(
                    f"The first {done} of {len(uris)} things are {done_to_them}; then: {error}",
                    advice=f"Go on from item {done + 1}; asking for all of them again is safe as well.",
                    retry_after=error.retry_after,
                ) from error
            done += len(chunk)

    async def _contains(self, uris: Sequence[str]) -> list[bool]:
        answer = await self._session.get(list[bool], "/me/library/contains", uris=",".join(uris))
        if len(answer) != len(uris):
            raise MalformedAnswerError("Spotify did not say of each thing whether it is saved.")
        return answer


def _named(uris: Sequence[str | SpotifyUri]) -> list[str]:
    named = [parse(uri) if isinstance(uri, str) else uri for uri in uris]
    if any(uri.type is Kind.CHAPTER for uri in named):
        raise InputError("A chapter cannot be saved by itself; save its audiobook.")
    return [str(uri) for uri in named]
