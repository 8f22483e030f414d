"""Where the published description is too loose: what is known beyond it, and which apps see less.

The description marks hardly any field of the music objects as required, gives several parameters no limits
but in its text, and is the same for every access mode. These lists make it as strict as Spotify is known to
be. Like the corrections, an entry that changes nothing, or is never put to the test, is an error.

Sources: Spotify's changelogs of February, March and May 2026, its migration guide of February 2026, and what
clients of the live service reported.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

Profile = Literal["development", "legacy-development", "extended"]
PROFILES: tuple[Profile, ...] = get_args(Profile)

_LINKS = ("external_urls", "href", "id", "type", "uri")
_PERSON = ("external_urls", "href", "id", "type", "uri")
_TRACK = (*_LINKS, "artists", "disc_number", "duration_ms", "explicit", "is_local", "name", "track_number")
_PLAYLIST = (*_LINKS, "collaborative", "images", "name", "owner", "snapshot_id")
_NOW = ("actions", "currently_playing_type", "is_playing", "timestamp")
_CURSOR_PAGE = ("cursors", "href", "items", "limit", "next")

ALWAYS_THERE: dict[str, tuple[str, ...]] = {
    "TrackObject": (*_TRACK, "album", "external_ids", "popularity"),
    "SimplifiedTrackObject": _TRACK,
    "ArtistObject": (*_LINKS, "followers", "genres", "images", "name", "popularity"),
    "SimplifiedArtistObject": (*_LINKS, "name"),
    "LinkedTrackObject": _LINKS,
    "ContextObject": ("external_urls", "href", "type", "uri"),
    "CopyrightObject": ("text", "type"),
    "AuthorObject": ("name",),
    "NarratorObject": ("name",),
    "FollowersObject": ("href", "total"),
    "ResumePointObject": ("fully_played", "resume_position_ms"),
    "PlaylistObject": (*_PLAYLIST, "followers"),
    "SimplifiedPlaylistObject": (*_PLAYLIST, "items"),
    "PlaylistTracksRefObject": ("href", "total"),
    "PlaylistTrackObject": ("added_at", "added_by", "is_local", "item"),
    "PlaylistUserObject": _PERSON,
    "PlaylistOwnerObject": (*_PERSON, "display_name"),
    "PrivateUserObject": (*_PERSON, "account_id", "display_name", "followers", "images"),
    "PublicUserObject": (*_PERSON, "display_name", "followers", "images"),
    "DeviceObject": (
        "id",
        "is_active",
        "is_private_session",
        "is_restricted",
        "name",
        "supports_volume",
        "type",
        "volume_percent",
    ),
    "CurrentlyPlayingContextObject": (*_NOW, "device", "repeat_state", "shuffle_state"),
    "CurrentlyPlayingObject": _NOW,
    "QueueObject": ("currently_playing", "queue"),
    "SavedTrackObject": ("added_at", "track"),
    "SavedAlbumObject": ("added_at", "album"),
    "SavedShowObject": ("added_at", "show"),
    "SavedEpisodeObject": ("added_at", "episode"),
    "SavedAudiobookObject": ("added_at", "audiobook"),
    "PlayHistoryObject": ("played_at", "track"),
    "CursorPagingSimplifiedArtistObject": (*_CURSOR_PAGE, "total"),
    "CursorPagingPlayHistoryObject": _CURSOR_PAGE,
    "PlaylistSnapshotId": ("snapshot_id",),
    "Markets": ("markets",),
}
"""Fields an object always has, although the description does not say so; fewer where they were removed."""

_MARKETS = ("available_markets",)
_SPOKEN = ("available_markets", "publisher")

REMOVED: dict[str, tuple[str, ...]] = {
    "TrackObject": ("available_markets", "linked_from", "popularity"),
    "SimplifiedTrackObject": ("available_markets", "linked_from"),
    "AlbumObject": ("available_markets", "label", "popularity"),
    "SimplifiedAlbumObject": _MARKETS,
    "ArtistDiscographyAlbumObject": ("album_group", "available_markets"),
    "ArtistObject": ("followers", "popularity"),
    "ShowObject": _SPOKEN,
    "SimplifiedShowObject": _SPOKEN,
    "AudiobookObject": _SPOKEN,
    "SimplifiedAudiobookObject": _SPOKEN,
    "ChapterObject": _MARKETS,
    "SimplifiedChapterObject": _MARKETS,
    "PrivateUserObject": ("country", "email", "explicit_content", "followers", "product"),
    "PlaylistObject": ("tracks",),
    "SimplifiedPlaylistObject": ("tracks",),
    "PlaylistTrackObject": ("track",),
}
"""Fields that apps in development mode born in 2026 do not get any more; others still do."""

REMOVED_FROM: tuple[Profile, ...] = ("development",)


CLOSED_2024 = frozenset({
    "get-an-artists-related-artists",
    "get-featured-playlists",
    "get-a-categories-playlists",
    "get-several-audio-features",
    "get-audio-features",
    "get-audio-analysis",
    "get-recommendations",
    "get-recommendation-genres",
})  # fmt: skip
"""Operations only apps with extended quota have had since 2024-11-27."""


class LiveField(NamedTuple):
    """A field the live service sends although the description does not know it."""

    objects: tuple[str, ...]
    name: str
    schema: dict[str, Any]
    reason: str


_COLOUR = {"type": "string", "nullable": True}
LIVE_FIELDS: tuple[LiveField, ...] = (
    LiveField(
        ("ErrorObject",),
        "reason",
        {"type": "string"},
        "The player says NO_ACTIVE_DEVICE, PREMIUM_REQUIRED and the like; a used-up quota QUOTA_EXCEEDED.",
    ),
    LiveField(
        ("PlaylistObject", "SimplifiedPlaylistObject", "PlaylistTrackObject"),
        "primary_color",
        _COLOUR,
        "Sent with playlists and their entries, usually null.",
    ),
    LiveField(
        ("PlaylistTrackObject",),
        "video_thumbnail",
        {"type": "object", "properties": {"url": {"type": "string", "nullable": True}}},
        "Sent with playlist entries, usually empty.",
    ),
    LiveField(
        ("CurrentlyPlayingContextObject",),
        "smart_shuffle",
        {"type": "boolean"},
        "Sent with the player's state.",
    ),
    LiveField(
        ("DisallowsObject",),
        "disallows",
        {"allOf": [{"$ref": "#/components/schemas/DisallowsObject"}]},
        "The flags stand one level deeper than the description shows: actions.disallows.",
    ),
)


_FLAGS = ("interrupting_playback", "seeking", "skipping_next", "skipping_prev", "toggling_repeat_context",
          "toggling_repeat_track", "toggling_shuffle", "transferring_playback")  # fmt: skip

NEVER_SENT: dict[str, str] = {
    **{
        f"DisallowsObject.{flag}": "the simulator's player names only what its state forbids"
        for flag in _FLAGS
    },
    "AlbumBase.restrictions": "in the simulated world single songs are restricted, not albums",
    "AlbumRestrictionObject.reason": "as above",
    "EpisodeBase.restrictions": "what does not play in a country is not found there",
    "EpisodeRestrictionObject.reason": "as above",
    "ChapterBase.restrictions": "as above",
    "ChapterRestrictionObject.reason": "as above",
    "ExternalIdObject.ean": "the simulated world uses ISRC and UPC",
}
"""Optional fields that the simulator sends in no answer."""


class Narrowing(NamedTuple):
    """What a parameter may be, beyond its described type. `operation` None means wherever it occurs."""

    where: str
    name: str
    schema: dict[str, Any]
    reason: str
    operation: str | None = None


_ID = {"pattern": "^[0-9A-Za-z]{22}$"}
_URI = r"spotify:(track|album|artist|playlist|show|episode|audiobook|user):[^:,\s]+"

NARROWED: tuple[Narrowing, ...] = (
    Narrowing("path", "id", _ID, "Ids are 22 letters and digits."),
    Narrowing("path", "playlist_id", _ID, "Ids are 22 letters and digits."),
    Narrowing("query", "market", {"pattern": "^[A-Z]{2}$"}, "A market is an ISO 3166-1 alpha-2 country."),
    Narrowing("query", "offset", {"minimum": 0}, "Nothing comes before the first entry."),
    Narrowing(
        "query",
        "offset",
        {"maximum": 100_000},
        "The list of playlists ends there, as the text of the description says.",
        "get-a-list-of-current-users-playlists",
    ),
    Narrowing(
        "query",
        "additional_types",
        {"pattern": "^(track|episode)(,(track|episode))?$"},
        "The text of the description names these two.",
    ),
    Narrowing(
        "query",
        "include_groups",
        {"pattern": "^((album|single|appears_on|compilation)(,(?!$)|$))+$"},
        "The text of the description names these four.",
    ),
    Narrowing("query", "uris", {"pattern": f"^{_URI}(,{_URI})*$"}, "Spotify URIs, separated by commas."),
    Narrowing("query", "uri", {"pattern": "^spotify:(track|episode):[0-9A-Za-z]{22}$"}, "Only these play."),
    Narrowing("query", "position_ms", {"minimum": 0}, "Nothing comes before the beginning."),
    Narrowing("query", "volume_percent", {"minimum": 0, "maximum": 100}, "It is a percentage."),
    Narrowing("query", "state", {"enum": ["track", "context", "off"]},
              "The text of the description names these three.", "set-repeat-mode-on-users-playback"),
    Narrowing("query", "time_range", {"enum": ["short_term", "medium_term", "long_term"]},
              "The text of the description names these three."),
)  # fmt: skip
