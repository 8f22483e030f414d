"""What people collect: playlists, the library, what they played; and what a search finds."""

from msgspec.structs import force_setattr

from auxcord.spotify.models.music import Album, Artist, Track
from auxcord.spotify.models.people import UserRef
from auxcord.spotify.models.player import Context
from auxcord.spotify.models.shapes import Named, Page, Part
from auxcord.spotify.models.spoken import Audiobook, Episode, Show


class PlaylistItem(Part, frozen=True, kw_only=True):
    """One entry of a playlist. `item` is None when Spotify no longer has it.

    `track` is the name `item` had before 2026; both read the same.
    """

    added_at: str | None = None
    is_local: bool = False
    item: Track | Episode | None = None
    track: Track | Episode | None = None

    def __post_init__(self) -> None:
        """Let the old and the new name of the field stand for each other."""
        found = self.item if self.item is not None else self.track
        force_setattr(self, "item", found)
        force_setattr(self, "track", found)


class PlaylistContents(Part, frozen=True, kw_only=True):
    """What a playlist says about its entries: always how many, sometimes the first page of them."""

    total: int | None = None
    items: tuple[PlaylistItem | None, ...] = ()
    limit: int | None = None
    offset: int | None = None
    next: str | None = None


class Playlist(Named, frozen=True, kw_only=True):
    """A playlist. `items` is None unless the person owns it or collaborates on it.

    `public` says whether it is shown on the owner's profile, not who can open it. Equality of `snapshot_id`
    proves nothing about the entries. `tracks` is the name `items` had before 2026; both read the same.
    """

    id: str
    description: str | None = None
    owner: UserRef | None = None
    public: bool | None = None
    collaborative: bool = False
    snapshot_id: str | None = None
    items: PlaylistContents | None = None
    tracks: PlaylistContents | None = None

    def __post_init__(self) -> None:
        """Let the old and the new name of the field stand for each other."""
        found = self.items if self.items is not None else self.tracks
        force_setattr(self, "items", found)
        force_setattr(self, "tracks", found)

    @property
    def total(self) -> int | None:
        """How many entries it has; None when Spotify does not tell."""
        return self.items.total if self.items else None


class Snapshot(Part, frozen=True, kw_only=True):
    """The answer to a change of a playlist's entries."""

    snapshot_id: str = ""


class SavedTrack(Part, frozen=True, kw_only=True):
    """A track in the person's library."""

    track: Track
    added_at: str | None = None


class SavedAlbum(Part, frozen=True, kw_only=True):
    """An album in the person's library."""

    album: Album
    added_at: str | None = None


class SavedShow(Part, frozen=True, kw_only=True):
    """A show in the person's library."""

    show: Show
    added_at: str | None = None


class SavedEpisode(Part, frozen=True, kw_only=True):
    """An episode in the person's library."""

    episode: Episode
    added_at: str | None = None


class SavedAudiobook(Part, frozen=True, kw_only=True):
    """An audiobook in the person's library."""

    audiobook: Audiobook
    added_at: str | None = None


class PlayHistory(Part, frozen=True, kw_only=True):
    """One play of a track; `played_at` is an ISO 8601 time, `context` what it was played from."""

    track: Track
    played_at: str | None = None
    context: Context | None = None


class SearchResults(Part, frozen=True, kw_only=True):
    """What a search found, by kind; None for kinds that were not asked for."""

    tracks: Page[Track] | None = None
    artists: Page[Artist] | None = None
    albums: Page[Album] | None = None
    playlists: Page[Playlist] | None = None
    shows: Page[Show] | None = None
    episodes: Page[Episode] | None = None
    audiobooks: Page[Audiobook] | None = None
