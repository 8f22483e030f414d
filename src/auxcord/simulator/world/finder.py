"""Search over a catalogue: one word index per type, built when first needed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from auxcord.simulator.world.search import ALBUM, ARTIST, NAME, Query, WordIndex, fold, has_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from auxcord.simulator.world.catalogue import Album, Artist, Audiobook, Catalogue, Episode, Show, Track

Doc = TypeVar("Doc")
SearchType = Literal["album", "artist", "playlist", "track", "show", "episode", "audiobook"]


class Finder:
    """Finds artists, albums, tracks, shows, episodes and audiobooks by words and filters."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _tracks(self) -> WordIndex[Track]:
        index: WordIndex[Track] = WordIndex()
        for track in self._catalogue.tracks.values():
            artists = ((ARTIST, artist.name) for artist in track.artists)
            index.add(track, track.popularity, [(NAME, track.name), *artists, (ALBUM, track.album.name)])
        return index

    @cached_property
    def _albums(self) -> WordIndex[Album]:
        index: WordIndex[Album] = WordIndex()
        for album in self._catalogue.albums.values():
            index.add(
                album, album.popularity, [(NAME, album.name), *((ARTIST, a.name) for a in album.artists)]
            )
        return index

    @cached_property
    def _artists(self) -> WordIndex[Artist]:
        index: WordIndex[Artist] = WordIndex()
        for artist in self._catalogue.artists.values():
            index.add(artist, artist.popularity, [(NAME, artist.name)])
        return index

    @cached_property
    def _shows(self) -> WordIndex[Show]:
        index: WordIndex[Show] = WordIndex()
        for show in self._catalogue.shows.values():
            index.add(show, 0, [(NAME, show.name), (ARTIST, show.publisher), (ALBUM, show.description)])
        return index

    @cached_property
    def _episodes(self) -> WordIndex[Episode]:
        index: WordIndex[Episode] = WordIndex()
        for episode in self._catalogue.episodes.values():
            index.add(episode, 0, [(NAME, episode.name), (ARTIST, episode.show.name)])
        return index

    @cached_property
    def _audiobooks(self) -> WordIndex[Audiobook]:
        index: WordIndex[Audiobook] = WordIndex()
        for book in self._catalogue.audiobooks.values():
            index.add(book, 0, [(NAME, book.name), (ARTIST, " ".join((*book.authors, *book.narrators)))])
        return index

    @cached_property
    def _by_isrc(self) -> dict[str, list[Track]]:
        found: dict[str, list[Track]] = {}
        for track in self._catalogue.tracks.values():
            found.setdefault(track.isrc, []).append(track)
        return found

    @cached_property
    def _by_upc(self) -> dict[str, Album]:
        return {album.upc: album for album in self._catalogue.albums.values()}

    @cached_property
    def _unpopular(self) -> int:
        ranks = sorted(album.popularity for album in self._catalogue.albums.values())
        return ranks[len(ranks) // 10]

    def tracks(self, query: Query) -> list[Track]:
        """Find tracks; honours artist, album, track, year, genre and isrc filters."""
        if "isrc" in query.filters:
            return self._by_isrc.get(query.filters["isrc"].strip().upper(), [])
        found = self._narrowed(self._tracks, query, ("track", "artist", "album"))
        return [track for track in found if self._track_passes(track, query)]

    def albums(self, query: Query, today: str) -> list[Album]:
        """Find albums.

        Honours artist, album, year, upc and tag filters. `today` is an ISO date, for tag:new.
        """
        if "upc" in query.filters:
            album = self._by_upc.get(query.filters["upc"].strip())
            return [album] if album else []
        tag = query.filters.get("tag", "").strip().lower()
        if tag and not query.free and not {"artist", "album"} & query.filters.keys():
            found: Iterable[Album] = self._albums.ranked()
        else:
            found = self._narrowed(self._albums, query, ("album", "artist"))
        return [album for album in found if self._album_passes(album, query, tag, today)]

    def artists(self, query: Query) -> list[Artist]:
        """Find artists; honours artist, year and genre filters."""
        found = self._narrowed(self._artists, query, ("artist",))
        return [artist for artist in found if self._artist_passes(artist, query)]

    def shows(self, query: Query) -> list[Show]:
        """Find shows by free words."""
        return self._shows.find(query)

    def episodes(self, query: Query) -> list[Episode]:
        """Find episodes by free words."""
        return self._episodes.find(query)

    def audiobooks(self, query: Query) -> list[Audiobook]:
        """Find audiobooks by free words."""
        return self._audiobooks.find(query)

    def _narrowed(self, index: WordIndex[Doc], query: Query, fields: tuple[str, ...]) -> Iterable[Doc]:
        """Look up the free words together with the words of name-like filters.

        All documents when there are none.
        """
        named = [query.filters[field] for field in fields if field in query.filters]
        looked_up = tuple(word for text in named for word in words(text)) + query.free
        if looked_up:
            return index.find(Query(looked_up, query.filters, fold(named[0]) if named else query.text))
        return index.ranked() if {"year", "genre"} & query.filters.keys() else ()

    def _track_passes(self, track: Track, query: Query) -> bool:
        wanted = query.filters
        return (
            ("track" not in wanted or has_words(track.name, wanted["track"]))
            and ("album" not in wanted or has_words(track.album.name, wanted["album"]))
            and (
                "artist" not in wanted or has_words(" ".join(a.name for a in track.artists), wanted["artist"])
            )
            and _in_years(track.album.date, query)
            and ("genre" not in wanted or any(_is_genre(artist, wanted["genre"]) for artist in track.artists))
        )

    def _album_passes(self, album: Album, query: Query, tag: str, today: str) -> bool:
        wanted = query.filters
        if tag == "new" and not _two_weeks_before(today) <= album.sort_date <= today:
            return False
        if tag == "hipster" and album.popularity > self._unpopular:
            return False
        return (
            ("album" not in wanted or has_words(album.name, wanted["album"]))
            and (
                "artist" not in wanted or has_words(" ".join(a.name for a in album.artists), wanted["artist"])
            )
            and _in_years(album.date, query)
        )

    def _artist_passes(self, artist: Artist, query: Query) -> bool:
        wanted = query.filters
        return (
            ("artist" not in wanted or has_words(artist.name, wanted["artist"]))
            and ("genre" not in wanted or _is_genre(artist, wanted["genre"]))
            and ("year" not in wanted or any(_in_years(album.date, query) for album in artist.albums))
        )


def _in_years(released: str, query: Query) -> bool:
    if "year" not in query.filters:
        return True
    span = query.years()
    return span is not None and span[0] <= int(released[:4]) <= span[1]


def _is_genre(artist: Artist, wanted: str) -> bool:
    return fold(wanted).strip() in (fold(genre) for genre in artist.genres)


def _two_weeks_before(today: str) -> str:
    return (date.fromisoformat(today) - timedelta(days=14)).isoformat()
