"""Spotify's catalogue: searching it, and looking things up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from auxcord.errors import InputError, NotFoundError
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
from auxcord.spotify.session import PAGE, checked_page
from auxcord.spotify.together import together
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from auxcord.spotify.session import Session

T = TypeVar("T")
Item = Track | Album | Artist | Playlist | Show | Episode | Audiobook | Chapter

TEN = 10
"""Results Spotify gives at once when searching, or listing an artist's albums."""

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
        """Search (`GET /search`), by tens side by side where more are wanted.

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

        async def part(span: tuple[int, int]) -> dict[str, Page[Any] | None]:
            return await self._session.read(
                partial(_pages, kinds),
                "/search",
                q=q,
                type=",".join(kinds),
                limit=span[0],
                offset=span[1],
                market=market,
            )

        spans = [span for span in _by_tens(limit, offset) if span[1] <= DEEPEST]
        parts = await together(part, spans, width=self._session.width)
        pages = {f"{kind}s": _joined([found[kind] for found in parts], limit, offset) for kind in kinds}
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
        """An artist's albums (`GET /artists/{id}/albums`), by tens side by side where more are wanted.

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

        async def part(span: tuple[int, int]) -> Page[Album] | None:
            return await self._session.get(
                Page[Album], path, limit=span[0], offset=span[1], include_groups=groups, market=market
            )

        parts = await together(part, _by_tens(limit, offset), width=self._session.width)
        joined = _joined(parts, limit, offset)
        return joined or Page(items=[], total=0, limit=limit, offset=offset)

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
        """What each URI or link names, side by side, in the order asked; None where there is nothing."""
        named = [parse(uri) if isinstance(uri, str) else uri for uri in uris]

        async def found(uri: SpotifyUri) -> Item | None:
            try:
                return await self.item(uri)
            except NotFoundError:
                return None

        different = list(dict.fromkeys(named))
        items = await together(found, different, width=self._session.width)
        known = dict(zip(different, items, strict=True))
        return [known[uri] for uri in named]

    async def _one(self, shape: type[T], place: str, thing_id: str, market: str | None = None) -> T:
        return await self._session.get(shape, f"/{place}/{checked_id(thing_id)}", market=market)

    async def _part(
        self, shape: type[Page[T]], path: str, limit: int, offset: int, market: str | None
    ) -> Page[T]:
        checked_page(limit, offset, most=PAGE)
        return await self._session.get(shape, path, limit=limit, offset=offset, market=market)


def _by_tens(limit: int, offset: int) -> list[tuple[int, int]]:
    """Limit and offset of each request that together give a part of a list."""
    return [(min(TEN, limit - start), offset + start) for start in range(0, limit, TEN)]


def _pages(kinds: Sequence[str], body: bytes | None) -> dict[str, Page[Any] | None]:
    answer = decode(body, dict[str, msgspec.Raw])
    return {kind: _page(answer.get(f"{kind}s"), kind) for kind in kinds}


def _page(raw: msgspec.Raw | None, kind: str) -> Page[Any] | None:
    if raw is None or bytes(raw) == b"null":
        return None
    page: Page[Any] = decode(bytes(raw), _SEARCHABLE[kind], within=f"{kind}s")
    return page


def _joined(parts: Sequence[Page[T] | None], limit: int, offset: int) -> Page[T] | None:
    pages = [page for page in parts if page is not None]
    if not pages:
        return None
    return Page(
        items=[item for page in pages for item in page.items],
        total=pages[0].total,
        limit=limit,
        offset=offset,
        next=pages[-1].next,
        previous=pages[0].previous,
    )
