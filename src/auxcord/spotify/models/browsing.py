"""What Spotify shows only to apps older than its closures of 2024 and 2026."""

from auxcord.spotify.models.lists import Playlist
from auxcord.spotify.models.music import Album, Artist, Track
from auxcord.spotify.models.shapes import Page, Part


class Category(Part, frozen=True, kw_only=True):
    """A shelf of playlists, such as Dinner or Workout."""

    id: str
    name: str


class Featured(Part, frozen=True, kw_only=True):
    """Playlists Spotify shows together, and its own words for them."""

    playlists: Page[Playlist]
    message: str | None = None


class AudioFeatures(Part, frozen=True, kw_only=True):
    """How a recording sounds, as Spotify's analysis tells it.

    `tempo` is in beats a minute, `loudness` in decibels, `key` a pitch class (0 = C, -1 = unknown), `mode` 1
    for major and 0 for minor; the others run from 0 to 1.
    """

    id: str
    uri: str | None = None
    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    loudness: float | None = None
    time_signature: int | None = None
    duration_ms: int | None = None
    acousticness: float | None = None
    danceability: float | None = None
    energy: float | None = None
    instrumentalness: float | None = None
    liveness: float | None = None
    speechiness: float | None = None
    valence: float | None = None


class Recommendations(Part, frozen=True, kw_only=True):
    """Tracks that go with what was given as seeds."""

    tracks: list[Track | None]


class Categories(Part, frozen=True, kw_only=True):
    """The answer of `GET /browse/categories`."""

    categories: Page[Category]


class NewReleases(Part, frozen=True, kw_only=True):
    """The answer of `GET /browse/new-releases`."""

    albums: Page[Album]


class Tracks(Part, frozen=True, kw_only=True):
    """The answer of `GET /artists/{id}/top-tracks`."""

    tracks: list[Track | None]


class Artists(Part, frozen=True, kw_only=True):
    """The answer of `GET /artists/{id}/related-artists`."""

    artists: list[Artist | None]


class ManyAudioFeatures(Part, frozen=True, kw_only=True):
    """The answer of `GET /audio-features`."""

    audio_features: list[AudioFeatures | None]


class Markets(Part, frozen=True, kw_only=True):
    """The answer of `GET /markets`."""

    markets: list[str]


class Genres(Part, frozen=True, kw_only=True):
    """The answer of `GET /recommendations/available-genre-seeds`."""

    genres: list[str]
