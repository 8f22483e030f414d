"""Calls of every public method of the Spotify client, with the arguments that shape its requests."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from auxcord.spotify.models import Page, SavedTrack

from .asks import UNKNOWN
from .facts import CLOSED_2024

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from auxcord.spotify.client import SpotifyClient

    from .asks import Standing
    from .lab import Sample


Run: TypeAlias = "Callable[[SpotifyClient], Awaitable[Any]]"


class ClientCall(NamedTuple):
    """One call.

    Args:
        method: Its name, such as `catalog.album`.
        run: Makes it.
        player: What Ada's player does before.
        operation: What it reads, when Spotify closed that to some apps; they must be told so.
    """

    method: str
    run: Run
    player: Standing | None = None
    operation: str | None = None

    def is_closed(self, profile: str) -> bool:
        """Whether an app of this access mode must be refused."""
        if self.operation is None or profile == "extended":
            return False
        return profile == "development" or self.operation in CLOSED_2024


def public_methods(client: SpotifyClient) -> Iterator[str]:
    """The name of every public coroutine method of a client and its domains."""
    for place, owner in (("", client), *((f"{name}.", each) for name, each in vars(client).items())):
        if place.startswith("_"):
            continue
        for name, _ in inspect.getmembers(type(owner), inspect.iscoroutinefunction):
            if not name.startswith("_"):
                yield f"{place}{name}"


def _unknown(count: int) -> list[str]:
    """Ids that name nothing: enough of them to need more than one request."""
    return [f"{UNKNOWN[:-3]}{number:03}" for number in range(count)]


def _item(uri: str) -> Run:
    return lambda client: client.catalog.item(uri)


def _playlist(playlist_id: str) -> Run:
    return lambda client: client.playlists.get(playlist_id, "GB")


def _entries(playlist_id: str) -> Run:
    return lambda client: client.playlists.items(playlist_id, 50, 1, "GB")


def client_calls(sample: Sample) -> list[ClientCall]:
    """Every call, in an order in which each finds what it needs."""
    return [
        ClientCall("find_mode", lambda c: c.find_mode()),
        *_catalog(sample),
        *_closed_to_some(sample),
        *_profile_and_history(),
        *_library(sample),
        *_playlists(sample),
        *_player(sample),
        *_commands(sample),
    ]


def _catalog(sample: Sample) -> list[ClientCall]:
    kinds = ("track", "album", "artist", "playlist", "show", "episode", "audiobook")
    uris = [f"spotify:{kind}:{getattr(sample, kind)}" for kind in (*kinds, "chapter")]
    several = [f"spotify:{kind}:{key}" for kind, keys in sample.several.items() for key in keys]
    mixed = [*uris, *several]
    beyond = [f"spotify:{kind}:{key}" for kind in sample.several for key in _unknown(51)]
    book = sample.audiobook
    groups = ("album", "single")
    return [
        ClientCall("catalog.search", lambda c: c.catalog.search("a", kinds, limit=50, offset=5, market="GB")),
        ClientCall("catalog.search", lambda c: c.catalog.search("a", kinds, limit=50, offset=990)),
        ClientCall("catalog.track", lambda c: c.catalog.track(sample.track, "GB")),
        ClientCall("catalog.album", lambda c: c.catalog.album(sample.album, "GB")),
        ClientCall("catalog.artist", lambda c: c.catalog.artist(sample.artist)),
        ClientCall("catalog.show", lambda c: c.catalog.show(sample.show, "GB")),
        ClientCall("catalog.episode", lambda c: c.catalog.episode(sample.episode, "GB")),
        ClientCall("catalog.audiobook", lambda c: c.catalog.audiobook(sample.audiobook, "GB")),
        ClientCall("catalog.chapter", lambda c: c.catalog.chapter(sample.chapter, "GB")),
        ClientCall("catalog.album_tracks", lambda c: c.catalog.album_tracks(sample.album, 50, 1, "GB")),
        ClientCall("catalog.show_episodes", lambda c: c.catalog.show_episodes(sample.show, 50, 1, "GB")),
        ClientCall("catalog.audiobook_chapters", lambda c: c.catalog.audiobook_chapters(book, 50)),
        ClientCall(
            "catalog.artist_albums",
            lambda c: c.catalog.artist_albums(sample.artist, 50, 1, include_groups=groups, market="GB"),
        ),
        *(ClientCall("catalog.item", _item(uri)) for uri in uris),
        ClientCall("catalog.many", lambda c: c.catalog.many(mixed)),
        ClientCall("catalog.each", lambda c: c.catalog.each(mixed)),
        ClientCall("catalog.each", lambda c: c.catalog.each([*mixed, *beyond])),
    ]


def _closed_to_some(sample: Sample) -> list[ClientCall]:
    """Reads that Spotify closed to some apps, each with its operation."""
    tuning = {"min_energy": 0.1, "max_tempo": 200.0, "target_valence": 0.5, "target_key": 5}
    reads: dict[tuple[str, str], Run] = {
        ("browse.markets", "get-available-markets"): lambda c: c.browse.markets(),
        ("browse.genres", "get-recommendation-genres"): lambda c: c.browse.genres(),
        ("browse.categories", "get-categories"): lambda c: c.browse.categories(50, 1, "en_GB"),
        ("browse.category", "get-a-category"): lambda c: c.browse.category(sample.category, "en_GB"),
        ("browse.category_playlists", "get-a-categories-playlists"): lambda c: c.browse.category_playlists(
            sample.category, 50, 1
        ),
        ("browse.featured", "get-featured-playlists"): lambda c: c.browse.featured(50, 1, "en_GB"),
        ("browse.new_releases", "get-new-releases"): lambda c: c.browse.new_releases(50, 1),
        ("browse.recommendations", "get-recommendations"): lambda c: c.browse.recommendations(
            artists=[sample.artist], tracks=[sample.track], limit=100, market="GB", tuning=tuning
        ),
        ("browse.audio_features", "get-several-audio-features"): lambda c: c.browse.audio_features(
            [*sample.tracks, *_unknown(100)]
        ),
        ("catalog.artist_top_tracks", "get-an-artists-top-tracks"): lambda c: c.catalog.artist_top_tracks(
            sample.artist, "GB"
        ),
        ("catalog.related_artists", "get-an-artists-related-artists"): lambda c: c.catalog.related_artists(
            sample.artist
        ),
        ("profile.user", "get-users-profile"): lambda c: c.profile.user(sample.strange_user),
        ("profile.playlists_of", "get-list-users-playlists"): lambda c: c.profile.playlists_of(
            sample.user, 50, 1
        ),
    }
    return [ClientCall(method, run, operation=operation) for (method, operation), run in reads.items()]


def _profile_and_history() -> list[ClientCall]:
    return [
        ClientCall("profile.me", lambda c: c.profile.me()),
        ClientCall("history.recently_played", lambda c: c.history.recently_played(50)),
        ClientCall(
            "history.recently_played", lambda c: c.history.recently_played(5, before=1_790_000_000_000)
        ),
        ClientCall(
            "history.recently_played", lambda c: c.history.recently_played(5, after=1_790_000_000_000)
        ),
        ClientCall("history.top_tracks", lambda c: c.history.top_tracks("short_term", 50, 10)),
        ClientCall("history.top_artists", lambda c: c.history.top_artists("long_term", 50, 10)),
        ClientCall("history.top", lambda c: c.history.top("tracks")),
        ClientCall("history.top", lambda c: c.history.top("artists")),
    ]


def _library(sample: Sample) -> list[ClientCall]:
    kinds = ("track", "album", "show", "episode", "audiobook", "artist")
    uris = [f"spotify:{kind}:{getattr(sample, kind)}" for kind in kinds]
    uris += [f"spotify:playlist:{sample.foreign}", f"spotify:user:{sample.user}"]
    many = (uris * 11)[:81]

    async def onward(client: SpotifyClient) -> None:
        first = await client.library.tracks(50)
        assert first.next is not None
        await client.follow(Page[SavedTrack], first.next)

    return [
        ClientCall("library.tracks", lambda c: c.library.tracks(50, 50, "GB")),
        ClientCall("library.albums", lambda c: c.library.albums(50, 0, "GB")),
        ClientCall("library.shows", lambda c: c.library.shows(50)),
        ClientCall("library.episodes", lambda c: c.library.episodes(50, 0, "GB")),
        ClientCall("library.audiobooks", lambda c: c.library.audiobooks(50)),
        ClientCall("library.artists", lambda c: c.library.artists(50)),
        ClientCall("library.artists", lambda c: c.library.artists(50, sample.followed)),
        ClientCall("library.save", lambda c: c.library.save(many)),
        ClientCall("library.contains", lambda c: c.library.contains(many)),
        ClientCall("library.remove", lambda c: c.library.remove(many)),
        ClientCall("follow", onward),
    ]


def _playlists(sample: Sample) -> list[ClientCall]:
    uris = [f"spotify:track:{key}" for key in sample.tracks]
    many = (uris * 30)[:150]
    own, rows = sample.playlist, f"spotify:episode:{sample.episode}"
    jpeg = b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9"
    return [
        ClientCall("playlists.mine", lambda c: c.playlists.mine(50, 10)),
        *(ClientCall("playlists.get", _playlist(key))
          for key in (own, sample.oddities, sample.mixed, sample.foreign)),
        *(ClientCall("playlists.items", _entries(key))
          for key in (own, sample.oddities, sample.mixed)),
        ClientCall("playlists.create", lambda c: c.playlists.create("Only a name")),
        ClientCall("playlists.create", lambda c: c.playlists.create(
            "Together", public=False, collaborative=True, description="Everything given")),
        ClientCall("playlists.change_details", lambda c: c.playlists.change_details(
            own, name="Renamed", public=True, collaborative=None, description="Words")),
        ClientCall("playlists.add", lambda c: c.playlists.add(own, [*many, rows])),
        ClientCall("playlists.add", lambda c: c.playlists.add(own, many, 3)),
        ClientCall("playlists.reorder", lambda c: c.playlists.reorder(own, range_start=0, insert_before=5)),
        ClientCall("playlists.reorder", lambda c: c.playlists.reorder(
            own, range_start=0, insert_before=5, range_length=2)),
        ClientCall("playlists.remove", lambda c: c.playlists.remove(own, uris[:1])),
        ClientCall("playlists.replace", lambda c: c.playlists.replace(own, many)),
        ClientCall("playlists.replace", lambda c: c.playlists.replace(own, [])),
        ClientCall("playlists.cover", lambda c: c.playlists.cover(own)),
        ClientCall("playlists.set_cover", lambda c: c.playlists.set_cover(own, jpeg)),
    ]  # fmt: skip


def _player(sample: Sample) -> list[ClientCall]:
    standings: tuple[Standing, ...] = ("playing", "paused", "idle")
    reads: dict[str, Run] = {
        "playback.state": lambda c: c.playback.state("GB"),
        "playback.currently_playing": lambda c: c.playback.currently_playing("GB"),
        "playback.queue": lambda c: c.playback.queue(),
        "playback.devices": lambda c: c.playback.devices(),
    }
    calls = [ClientCall(name, run, standing) for name, run in reads.items() for standing in standings]
    uris = [f"spotify:track:{key}" for key in sample.tracks]
    album, second = f"spotify:album:{sample.album}", {"position": 1}
    return [
        *calls,
        ClientCall("playback.play", lambda c: c.playback.play(), "paused"),
        ClientCall(
            "playback.play",
            lambda c: c.playback.play(uris=uris, offset=second, position_ms=5),
            "paused",
        ),
        ClientCall(
            "playback.play",
            lambda c: c.playback.play(context_uri=album, device_id=sample.device),
            "idle",
        ),
    ]


def _commands(sample: Sample) -> list[ClientCall]:
    track = f"spotify:track:{sample.track}"
    commands: dict[str, list[Run]] = {
        "playback.pause": [lambda c: c.playback.pause(), lambda c: c.playback.pause(sample.device)],
        "playback.next": [lambda c: c.playback.next(), lambda c: c.playback.next(sample.device)],
        "playback.previous": [lambda c: c.playback.previous(), lambda c: c.playback.previous(sample.device)],
        "playback.seek": [lambda c: c.playback.seek(0), lambda c: c.playback.seek(1000, sample.device)],
        "playback.set_volume": [
            lambda c: c.playback.set_volume(0),
            lambda c: c.playback.set_volume(100, sample.device),
        ],
        "playback.set_shuffle": [
            lambda c: c.playback.set_shuffle(state=True),
            lambda c: c.playback.set_shuffle(state=False, device_id=sample.device),
        ],
        "playback.set_repeat": [
            lambda c: c.playback.set_repeat("track"),
            lambda c: c.playback.set_repeat("context", sample.device),
            lambda c: c.playback.set_repeat("off"),
        ],
        "playback.add_to_queue": [
            lambda c: c.playback.add_to_queue(track),
            lambda c: c.playback.add_to_queue(f"spotify:episode:{sample.episode}", sample.device),
        ],
        "playback.transfer": [
            lambda c: c.playback.transfer(sample.device),
            lambda c: c.playback.transfer(sample.device, play=True),
        ],
    }
    return [ClientCall(name, run, "playing") for name, runs in commands.items() for run in runs]
