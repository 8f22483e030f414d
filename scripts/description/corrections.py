"""Where Spotify, and so the simulator and our client, is known to differ from its published description.

Each entry says what differs and why that is right. An entry, or a part of one, that matches nothing any more
is an error: the list never says more than is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .differences import Finding, Kind
from .facts import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

RENAMED = {
    "get-users-top-artists": "get-users-top-artists-and-tracks",
    "get-users-top-tracks": "get-users-top-artists-and-tracks",
}
"""Spotify's own description has `/me/top/{type}`; the corrected copy of it writes two paths."""


@dataclass(frozen=True)
class Correction:
    """One declared difference.

    Args:
        side: "request" or "answer".
        kind: How it differs.
        places: Where; each must match something.
        reason: Why that is right.
        operations: Where else it may not occur; None means anywhere.
        profiles: The access modes it occurs in; None means any.
        detail: What exactly was found; None means anything.
    """

    side: str
    kind: Kind
    places: tuple[str, ...]
    reason: str
    operations: tuple[str, ...] | None = None
    profiles: tuple[str, ...] | None = None
    detail: str | None = None

    def explains(self, finding: Finding) -> bool:
        """Whether it declares what was found."""
        difference = finding.difference
        return (
            (self.side, self.kind) == (difference.side, difference.kind)
            and difference.place in self.places
            and self.detail in {None, difference.detail}
            and (self.operations is None or finding.operation in self.operations)
            and (self.profiles is None or finding.profile in self.profiles)
        )

    def parts(self) -> Iterator[tuple[str, str]]:
        """Everything it names, each of which must match."""
        yield from (("place", place) for place in self.places)
        yield from (("operation", operation) for operation in self.operations or ())
        yield from (("profile", profile) for profile in self.profiles or ())

    def matched(self, finding: Finding) -> Iterator[tuple[str, str]]:
        """Which of its parts a finding it explains has matched."""
        yield "place", finding.difference.place
        yield "operation", finding.operation
        yield "profile", finding.profile


_A = "answer"
_OLDER = ("legacy-development", "extended")
_DEVELOPMENT = ("development", "legacy-development")

CORRECTIONS: tuple[Correction, ...] = (
    # --- statuses and bodies --------------------------------------------------------------------------------
    Correction(
        _A,
        Kind.STATUS,
        ("400 application/json", "404 application/json"),
        "The description gives these two to a handful of operations; all of them use them: 400 for what "
        "makes no sense (a malformed id, a limit out of range), 404 for what is not there.",
    ),
    Correction(
        _A,
        Kind.STATUS,
        ("413 application/json",),
        "The text of the description gives the largest size of a cover, but no answer for a larger one.",
        operations=("upload-custom-playlist-cover",),
    ),
    Correction(
        _A,
        Kind.STATUS,
        ("304 empty",),
        "The guide to API calls describes conditional requests; the operations do not mention them.",
    ),
    Correction(
        _A,
        Kind.STATUS,
        ("200 text/plain",),
        "Commands to the player are described with 204 and often answered with 200 and a short opaque text.",
    ),
    Correction(
        _A,
        Kind.STATUS,
        ("204 empty",),
        "When nothing plays, this answers 204 like the state of the player, although only 200 is described.",
        operations=("get-the-users-currently-playing-track",),
    ),
    Correction(
        _A,
        Kind.OUTCOME,
        ("nothing plays: 204",),
        "As above.",
        operations=("get-the-users-currently-playing-track",),
    ),
    Correction(
        _A,
        Kind.CONTENT_TYPE,
        ("403 text/plain",),
        "Two refusals come from the gateway, as plain text: the owner of an app in development mode has no "
        "Premium, or the person is not on its allow-list.",
        profiles=_DEVELOPMENT,
    ),
    Correction(
        _A,
        Kind.UNKNOWN_FIELD,
        ("ErrorObject.error",),
        "For these three the description writes the 400 without the wrapper that every error has.",
        operations=("save-library-items", "remove-library-items", "check-library-contains"),
    ),
    Correction(
        _A,
        Kind.MISSING_FIELD,
        ("ErrorObject.status", "ErrorObject.message"),
        "As above: they are there, inside `error`.",
        operations=("save-library-items", "remove-library-items", "check-library-contains"),
    ),
    # --- outcomes that do not follow from the description ---------------------------------------------------
    Correction(
        _A,
        Kind.OUTCOME,
        ("no scope: 200",),
        "Here a missing scope hides something instead of refusing: the place in an episode, private lists, "
        "somebody's country and e-mail.",
        operations=(
            "get-a-show",
            "get-a-shows-episodes",
            "get-an-episode",
            "get-multiple-episodes",
            "get-a-list-of-current-users-playlists",
            "get-list-users-playlists",
            "get-playlists-tracks",
            "get-current-users-profile",
        ),
    ),
    Correction(
        _A,
        Kind.OUTCOME,
        ("no scope: 401",),
        "Without ugc-image-upload a cover is refused with 401 instead of 403.",
        operations=("upload-custom-playlist-cover",),
    ),
    Correction(
        _A,
        Kind.OUTCOME,
        ("too much limit: 200",),
        "Search and an artist's albums give fifty at once to apps that the cut of 2026 did not reach; the "
        "description has the ten of the others.",
        operations=("search", "get-an-artists-albums"),
        profiles=_OLDER,
    ),
    Correction(
        "request",
        Kind.PARAMETER,
        ("query.limit",),
        "The same fifty are asked for until an app is known to get no more than ten: nothing else tells.",
        operations=("search", "get-an-artists-albums"),
        profiles=PROFILES,
        detail="50 is greater than the maximum of 10",
    ),
    # --- null where the description does not say so ---------------------------------------------------------
    Correction(
        _A,
        Kind.NULL,
        ("PagingPlaylistObject.items[]",),
        "Lists of playlists have null in the place of Spotify's own ones, for apps in development mode.",
        profiles=_DEVELOPMENT,
    ),
    Correction(
        _A,
        Kind.NULL,
        (
            "ManyAlbums.albums[]",
            "ManyArtists.artists[]",
            "ManyAudioFeatures.audio_features[]",
            "ManyAudiobooks.audiobooks[]",
            "ManyChapters.chapters[]",
            "ManyEpisodes.episodes[]",
            "ManySimplifiedShows.shows[]",
            "ManyTracks.tracks[]",
        ),
        "Batch reads have null in the place of an id that names nothing.",
        profiles=_OLDER,
    ),
    Correction(
        _A,
        Kind.NULL,
        ("PlaylistObject.images", "SimplifiedPlaylistObject.images"),
        "A playlist without a cover has null instead of an empty list.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("SimplifiedPlaylistObject.description",),
        "A playlist without a description; allowed only where the playlist is shown in full.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("CursorPagingObject.next", "CursorPagingObject.cursors", "CursorObject.after"),
        "At the end there is no next page, and no cursor to it.",
    ),
    Correction(
        _A,
        Kind.NULL,
        (
            "CurrentlyPlayingContextObject.context",
            "CurrentlyPlayingObject.context",
            "PlayHistoryObject.context",
            "QueueObject.currently_playing",
        ),
        "Songs can play without an album or a list around them, or nothing plays.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("CurrentlyPlayingContextObject.item", "CurrentlyPlayingObject.item"),
        "What plays is hidden from a client that did not say it knows episodes.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("PrivateUserObject.display_name",),
        "Not everybody has one; the description allows that only for other people.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("RecommendationSeedObject.href",),
        "A genre has no address, as the description's text says.",
        operations=("get-recommendations",),
        profiles=("extended",),
    ),
    Correction(_A, Kind.NULL, ("ShowBase.is_externally_hosted",), "Unknown for some shows."),
    Correction(
        _A,
        Kind.NULL,
        ("PlaylistTrackObject.added_at", "PlaylistTrackObject.added_by"),
        "Entries of very old playlists have neither, as the description's text says.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("PlaylistTrackObject.item",),
        "The entry is left when what it was is gone.",
    ),
    Correction(
        _A,
        Kind.NULL,
        ("PlaylistTrackObject.track",),
        "As above, under its old name.",
        profiles=_OLDER,
    ),
    # --- local files ----------------------------------------------------------------------------------------
    Correction(
        _A,
        Kind.NULL,
        (
            "TrackObject.href",
            "TrackObject.id",
            "SimplifiedArtistObject.href",
            "SimplifiedArtistObject.id",
            "SimplifiedArtistObject.uri",
            "AlbumBase.album_type",
            "AlbumBase.href",
            "AlbumBase.id",
            "AlbumBase.release_date",
            "AlbumBase.release_date_precision",
            "AlbumBase.uri",
        ),
        "A file of somebody's own computer has no ids and no links, nor have its artist and album.",
    ),
    Correction(
        _A,
        Kind.MISSING_FIELD,
        ("AlbumBase.total_tracks",),
        "Nobody knows how many songs the album of a local file has.",
    ),
    # --- fields that are there only sometimes ---------------------------------------------------------------
    Correction(
        _A,
        Kind.MISSING_FIELD,
        ("AlbumBase.available_markets",),
        "With a market, is_playable takes its place.",
        profiles=_OLDER,
    ),
    Correction(
        _A,
        Kind.MISSING_FIELD,
        ("PlaylistTrackObject.item",),
        "Under the old name `tracks`, entries have only the old `track`.",
        operations=("get-playlist", "get-playlists-tracks"),
        profiles=_OLDER,
    ),
    # --- episodes for clients that did not say they know them -----------------------------------------------
    Correction(
        _A,
        Kind.UNKNOWN_FIELD,
        (
            "EpisodeObject.album",
            "EpisodeObject.artists",
            "EpisodeObject.disc_number",
            "EpisodeObject.external_ids",
            "EpisodeObject.is_local",
            "EpisodeObject.preview_url",
            "EpisodeObject.track_number",
        ),
        "Without additional_types, an episode in a playlist is dressed up as a track.",
    ),
    Correction(
        _A,
        Kind.MISSING_FIELD,
        (
            "EpisodeBase.audio_preview_url",
            "EpisodeBase.description",
            "EpisodeBase.html_description",
            "EpisodeBase.images",
            "EpisodeBase.is_externally_hosted",
            "EpisodeBase.is_playable",
            "EpisodeBase.languages",
            "EpisodeBase.release_date",
            "EpisodeBase.release_date_precision",
            "EpisodeObject.show",
        ),
        "As above.",
    ),
)
