"""Spotify's catalogue: searching it, and looking things up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from auxcord.errors import AuxcordError, InputError
from auxcord.spotify.breadth import joined, spread
from auxcord.spotify.browse import Browse
from auxcord.spotify.closed import unless_closed
from auxcord.spotify.decoding import decode
from auxcord.spotify.models import (
    Album,
    Artist,
    Audiobook,
    Chapter,
    Episode,
    Page,
    Playlist,
    SearchResults,
    Show,
    Track,
)
from auxcord.spotify.models.browsing import Artists, Tracks
from auxcord.spotify.modes import FIFTY_ALBUMS, FIFTY_FOUND
from auxcord.spotify.session import checked_page
from auxcord.spotify.several import read_each
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from auxcord.spotify.session import Session

T = TypeVar("T")
Item = Track | Album | Artist | Playlist | Show | Episode | Audiobook | Chapter

DEEPEST = 1000
"""The last position at which a search can be read."""

_SHAPES: dict[Kind, type[Item]] = {
    Kind.TRACK: Track,
    Kind.ALBUM: Album,
    Kind.ARTIST: Artist,
    Kind.PLAYLIST: Playlist,
    Kind.SHOW: Show,
    Kind.EPISODE: Episode,
    Kind.AUDIOBOOK: Audiobook,
    Kind.CHAPTER: Chapter,
}
_SEARCHABLE: dict[str, Any] = {
    "track": Page[Track],
    "album": Page[Album],
    "artist": Page[Artist],
    "playlist": Page[Playlist],
    "show": Page[Show],
    "episode": Page[Episode],
    "audiobook": Page[Audiobook],
}


class Catalog:
    """Everything Spotify has. `market` is a two-letter country; the person's own country wins over it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def search(
        self, q: str, types: Iterable[str], *, limit: int = 10, offset: int = 0, market: str | None = None
    ) -> SearchResults:
        """Search (`GET /search`); where Spotify gives only ten at once, by tens side by side.

        Args:
            q: Words and field filters such as `artist:`, `year:1990-1999`.
            types: `track`, `album`, `artist`, `playlist`, `show`, `episode`, `audiobook`.
            limit: Results of each type, 1 to 50.
            offset: How many to leave out, up to 1000.
            market: A country.
        """
        kinds = list(dict.fromkeys(str(kind) for kind in types))
        unknown = [kind for kind in kinds if kind not in _SEARCHABLE]
        if unknown or not kinds or not q.strip():
            raise InputError(f"A search needs words and at least one of: {', '.join(_SEARCHABLE)}.")
        checked_page(limit, offset, deepest=DEEPEST)

        async def part(limit: int, offset: int) -> dict[str, Page[Any] | None]:
            return await self._session.read(
                partial(self._pages, kinds),
                "/search",
                q=q,
                type=",".join(kinds),
                limit=limit,
                offset=offset,
                market=market,
            )

        telling = not {"track", "artist"}.isdisjoint(kinds)
        parts = await spread(
            self._session, FIFTY_FOUND, part, limit, offset, deepest=DEEPEST, telling=telling
        )
        if len(parts) == 1:
            return SearchResults(**{f"{kind}s": page for kind, page in parts[0].items()})
        pages = {f"{kind}s": joined([found[kind] for found in parts], limit, offset) for kind in kinds}
        return SearchResults(**pages)

    async def track(self, track_id: str, market: str | None = None) -> Track:
        """A track (`GET /tracks/{id}`)."""
        return await self._one(Track, "tracks", track_id, market=market)

    async def album(self, album_id: str, market: str | None = None) -> Album:
        """An album with its first tracks (`GET /albums/{id}`)."""
        return await self._one(Album, "albums", album_id, market=market)

    async def artist(self, artist_id: str) -> Artist:
        """An artist (`GET /artists/{id}`)."""
        return await self._one(Artist, "artists", artist_id)

    async def show(self, show_id: str, market: str | None = None) -> Show:
        """A show with its newest episodes (`GET /shows/{id}`)."""
        return await self._one(Show, "shows", show_id, market=market)

    async def episode(self, episode_id: str, market: str | None = None) -> Episode:
        """An episode (`GET /episodes/{id}`)."""
        return await self._one(Episode, "episodes", episode_id, market=market)

    async def audiobook(self, audiobook_id: str, market: str | None = None) -> Audiobook:
        """An audiobook with its first chapters (`GET /audiobooks/{id}`)."""
        return await self._one(Audiobook, "audiobooks", audiobook_id, market=market)

    async def chapter(self, chapter_id: str, market: str | None = None) -> Chapter:
        """A chapter (`GET /chapters/{id}`)."""
        return await self._one(Chapter, "chapters", chapter_id, market=market)

    async def album_tracks(
        self, album_id: str, limit: int = 20, offset: int = 0, market: str | None = None
    ) -> Page[Track]:
        """A part of an album's tracks (`GET /albums/{id}/tracks`)."""
        return await self._part(Page[Track], f"/albums/{checked_id(album_id)}/tracks", limit, offset, market)

    async def artist_albums(
        self,
        artist_id: str,
        limit: int = 10,
        offset: int = 0,
        *,
        include_groups: Iterable[str] | None = None,
        market: str | None = None,
    ) -> Page[Album]:
        """An artist's albums (`GET /artists/{id}/albums`); where Spotify gives only ten at once, by tens.

        Args:
            artist_id: Whose.
            limit: 1 to 50.
            offset: How many to leave out.
            include_groups: `album`, `single`, `appears_on`, `compilation`; all when None.
            market: A country.
        """
        checked_page(limit, offset)
        path = f"/artists/{checked_id(artist_id)}/albums"
        groups = None if include_groups is None else ",".join(include_groups)

        async def part(limit: int, offset: int) -> Page[Album]:
            return await self._session.get(
                Page[Album], path, limit=limit, offset=offset, include_groups=groups, market=market
            )

        parts = await spread(self._session, FIFTY_ALBUMS, part, limit, offset)
        whole = parts[0] if len(parts) == 1 else joined(parts, limit, offset)
        return whole or Page(items=[], total=0, limit=limit, offset=offset)

    async def artist_top_tracks(self, artist_id: str, market: str | None = None) -> list[Track]:
        """An artist's best-known tracks (`GET /artists/{id}/top-tracks`).

        Raises:
            EndpointClosedError: The app lives under the rules of 2026; a search finds the artist's tracks.
        """
        path = f"/artists/{checked_id(artist_id)}/top-tracks"
        read = partial(self._session.get, Tracks, path, market=market)
        answer = await unless_closed(self._session.access, "get-an-artists-top-tracks", read)
        return [track for track in answer.tracks if track is not None]

    async def related_artists(self, artist_id: str) -> list[Artist]:
        """Artists whom the same people hear (`GET /artists/{id}/related-artists`).

        Raises:
            EndpointClosedError: The app has no extended quota.
        """
        path = f"/artists/{checked_id(artist_id)}/related-artists"
        answer = await unless_closed(
            self._session.access,
            "get-an-artists-related-artists",
            partial(self._session.get, Artists, path),
            witness=partial(Browse(self._session).featured, limit=1),
        )
        return [artist for artist in answer.artists if artist is not None]

    async def show_episodes(
        self, show_id: str, limit: int = 20, offset: int = 0, market: str | None = None
    ) -> Page[Episode]:
        """A part of a show's episodes, newest first (`GET /shows/{id}/episodes`)."""
        return await self._part(
            Page[Episode], f"/shows/{checked_id(show_id)}/episodes", limit, offset, market
        )

    async def audiobook_chapters(
        self, audiobook_id: str, limit: int = 20, offset: int = 0, market: str | None = None
    ) -> Page[Chapter]:
        """A part of an audiobook's chapters (`GET /audiobooks/{id}/chapters`)."""
        path = f"/audiobooks/{checked_id(audiobook_id)}/chapters"
        return await self._part(Page[Chapter], path, limit, offset, market)

    async def item(self, uri: str | SpotifyUri) -> Item:
        """Whatever a URI or link names."""
        named = parse(uri) if isinstance(uri, str) else uri
        shape = _SHAPES.get(named.type)
        if shape is None:
            raise InputError("Spotify shows nobody else's profile.")
        return await self._one(shape, f"{named.type}s", named.id)

    async def many(self, uris: Sequence[str | SpotifyUri]) -> list[Item | None]:
        """What each URI or link names, in the order asked; None where there is nothing.

        Several come by one request where the app may; a show may then come without its episodes.
        """
        found = await self._each(uris, hasty=True)
        return [None if isinstance(item, AuxcordError) else item for item in found]

    async def each(self, uris: Sequence[str | SpotifyUri]) -> list[Item | AuxcordError]:
        """As `many`, but for what cannot be read the reason, each for itself."""
        return await self._each(uris, hasty=False)

    async def _each(self, uris: Sequence[str | SpotifyUri], *, hasty: bool) -> list[Item | AuxcordError]:
        named = [parse(uri) if isinstance(uri, str) else uri for uri in uris]
        found = await read_each(self._session, list(dict.fromkeys(named)), self.item, hasty=hasty)
        return [found[uri] for uri in named]

    async def _one(self, shape: type[T], place: str, thing_id: str, market: str | None = None) -> T:
        path = f"/{place}/{checked_id(thing_id)}"
        return await self._session.read(partial(self._seen, shape), path, market=market)

    def _seen(self, shape: type[T], body: bytes | None) -> T:
        item = decode(body, shape)
        self._session.saw(item)
        return item

    async def _part(
        self, shape: type[Page[T]], path: str, limit: int, offset: int, market: str | None
    ) -> Page[T]:
        checked_page(limit, offset)
        return await self._session.get(shape, path, limit=limit, offset=offset, market=market)

    def _pages(self, kinds: Sequence[str], body: bytes | None) -> dict[str, Page[Any] | None]:
        answer = decode(body, dict[str, msgspec.Raw])
        pages = {kind: _page(answer.get(f"{kind}s"), kind) for kind in kinds}
        for page in pages.values():
            self._session.saw(page.items[0] if page is not None and page.items else None)
        return pages


def _page(raw: msgspec.Raw | None, kind: str) -> Page[Any] | None:
    if raw is None or bytes(raw) == b"null":
        return None
    page: Page[Any] = decode(bytes(raw), _SEARCHABLE[kind], within=f"{kind}s")
    return page
