"""Every way to read through the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.errors import AuxcordError
from auxcord.spotify.models import Page, SavedTrack
from tests.reliability.operations import Call, Row
from tests.reliability.sample import CATEGORY, LINKED

if TYPE_CHECKING:
    from auxcord.spotify.client import SpotifyClient
    from tests.reliability.lab import Lab

_TUNING = {"target_energy": 0.5}


def _one(kind: str) -> Call:
    """Reads one thing of a kind by the method of that name."""
    return lambda client, lab: getattr(client.catalog, kind)(lab.sample.ids[kind])


def _item(kind: str) -> Call:
    return lambda client, lab: client.catalog.item(lab.sample.uri(kind))


async def _follow(client: SpotifyClient, _lab: Lab) -> Any:
    address = "http://127.0.0.1:8765/v1/me/tracks?offset=20&limit=20"
    return await client.follow(Page[SavedTrack], address)


async def _each(client: SpotifyClient, lab: Lab) -> Any:
    """The errors among what it returns count as its own."""
    found = await client.catalog.each([lab.sample.uri("track"), lab.sample.uri("album")])
    for one in found:
        if isinstance(one, AuxcordError):
            raise one
    return found


async def _playing(lab: Lab) -> None:
    await lab.player(uris=list(lab.sample.talks[:3]), playing=True)


_CATALOG = (
    *(Row(f"catalog.{kind}", _one(kind)) for kind in LINKED),
    *(Row("catalog.item", _item(kind), variant=kind) for kind in ("track", "show")),
    Row("catalog.many", lambda c, lab: c.catalog.many(lab.sample.songs[:3])),
    Row("catalog.each", _each),
    Row("catalog.search", lambda c, _: c.catalog.search("a", ["track"]), empty=True, lenient=True),
    Row(
        "catalog.search",
        lambda c, _: c.catalog.search("a", ["track", "album"], limit=50),
        variant="fifty",
        empty=True,
        lenient=True,
    ),
    Row("catalog.album_tracks", lambda c, lab: c.catalog.album_tracks(lab.sample.ids["album"])),
    Row("catalog.artist_albums", lambda c, lab: c.catalog.artist_albums(lab.sample.ids["artist"])),
    Row(
        "catalog.artist_albums",
        lambda c, lab: c.catalog.artist_albums(lab.sample.ids["artist"], 50),
        variant="fifty",
    ),
    Row(
        "catalog.artist_top_tracks",
        lambda c, lab: c.catalog.artist_top_tracks(lab.sample.ids["artist"]),
        closed=2026,
    ),
    Row(
        "catalog.related_artists",
        lambda c, lab: c.catalog.related_artists(lab.sample.ids["artist"]),
        closed=2024,
    ),
    Row("catalog.show_episodes", lambda c, lab: c.catalog.show_episodes(lab.sample.ids["show"])),
    Row(
        "catalog.audiobook_chapters",
        lambda c, lab: c.catalog.audiobook_chapters(lab.sample.ids["audiobook"]),
    ),
)

_BROWSE = (
    Row("browse.markets", lambda c, _: c.browse.markets(), closed=2026),
    Row("browse.genres", lambda c, _: c.browse.genres(), closed=2024),
    Row("browse.categories", lambda c, _: c.browse.categories(), closed=2026),
    Row("browse.category", lambda c, _: c.browse.category(CATEGORY), closed=2026),
    Row("browse.category_playlists", lambda c, _: c.browse.category_playlists(CATEGORY), closed=2024),
    Row("browse.featured", lambda c, _: c.browse.featured(), closed=2024),
    Row("browse.new_releases", lambda c, _: c.browse.new_releases(), closed=2026),
    Row(
        "browse.recommendations",
        lambda c, lab: c.browse.recommendations(artists=[lab.sample.ids["artist"]], tuning=_TUNING),
        closed=2024,
    ),
    Row(
        "browse.audio_features",
        lambda c, lab: c.browse.audio_features([lab.sample.ids["track"]]),
        closed=2024,
    ),
)

_PERSON = (
    Row("find_mode", lambda c, _: c.find_mode(), requests=2),
    Row("follow", _follow),
    Row("profile.me", lambda c, _: c.profile.me()),
    Row("profile.user", lambda c, _: c.profile.user("ada"), closed=2026),
    Row("profile.playlists_of", lambda c, _: c.profile.playlists_of("ada"), closed=2026),
    Row("history.recently_played", lambda c, _: c.history.recently_played()),
    Row("history.top_tracks", lambda c, _: c.history.top_tracks()),
    Row("history.top_artists", lambda c, _: c.history.top_artists()),
    Row("history.top", lambda c, _: c.history.top("tracks")),
    Row("library.tracks", lambda c, _: c.library.tracks()),
    Row("library.albums", lambda c, _: c.library.albums()),
    Row("library.shows", lambda c, _: c.library.shows()),
    Row("library.episodes", lambda c, _: c.library.episodes()),
    Row("library.audiobooks", lambda c, _: c.library.audiobooks()),
    Row("library.artists", lambda c, _: c.library.artists()),
    Row("library.contains", lambda c, lab: c.library.contains(lab.sample.songs[:2]), lenient=True),
)

_PLAYER = (
    Row("playback.state", lambda c, _: c.playback.state(), prepare=_playing, answer="may"),
    Row(
        "playback.currently_playing",
        lambda c, _: c.playback.currently_playing(),
        prepare=_playing,
        answer="may",
    ),
    Row("playback.devices", lambda c, _: c.playback.devices()),
    Row("playback.queue", lambda c, _: c.playback.queue(), prepare=_playing, empty=True, lenient=True),
)


def _of_playlists() -> tuple[Row, ...]:
    async def one(lab: Lab) -> None:
        lab.playlist(lab.sample.songs[:5])

    return (
        Row("playlists.mine", lambda c, _: c.playlists.mine(), prepare=one),
        Row("playlists.get", lambda c, lab: c.playlists.get(lab.shelf[0]), prepare=one),
        Row("playlists.items", lambda c, lab: c.playlists.items(lab.shelf[0]), prepare=one),
        Row("playlists.cover", lambda c, lab: c.playlists.cover(lab.shelf[0]), prepare=one),
    )


READS: tuple[Row, ...] = (*_CATALOG, *_BROWSE, *_PERSON, *_PLAYER, *_of_playlists())
