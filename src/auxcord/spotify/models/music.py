"""Artists, albums, tracks."""

from typing import ClassVar

from auxcord.spotify.models.shapes import Named, Page, Part


class ArtistRef(Part, frozen=True, kw_only=True):
    """An artist as named on a track or album; without an id on files of somebody's own."""

    name: str = ""
    id: str | None = None


class Artist(Named, frozen=True, kw_only=True):
    """An artist."""

    id: str
    genres: tuple[str, ...] = ()
    popularity: int | None = None


class AlbumRef(Part, frozen=True, kw_only=True):
    """An album as named on a track."""

    name: str = ""
    release_date: str | None = None


class Track(Named, frozen=True, kw_only=True, tag_field="type", tag="track"):
    """A track. `id` is None for a file of somebody's own (`is_local`).

    `album` is None inside an album's own list of tracks. The id may differ from the one asked for: Spotify
    plays another release of the same recording where the first cannot be played.
    """

    type: ClassVar[str] = "track"
    id: str | None = None
    artists: tuple[ArtistRef, ...] = ()
    album: AlbumRef | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    disc_number: int | None = None
    track_number: int | None = None
    is_local: bool = False
    is_playable: bool | None = None
    popularity: int | None = None


class Album(Named, frozen=True, kw_only=True):
    """An album, single or compilation. `tracks` is the first page, and None in lists of albums."""

    id: str
    album_type: str | None = None
    total_tracks: int | None = None
    artists: tuple[ArtistRef, ...] = ()
    release_date: str | None = None
    tracks: Page[Track] | None = None
    popularity: int | None = None
