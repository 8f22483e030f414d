"""The people of the simulated world, each with a library, devices and a history of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from auxcord.simulator.identifiers import Dice, Uri, new_id
from auxcord.simulator.world.player import Device, Play, Playback, Player
from auxcord.simulator.world.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Collection

    from auxcord.simulator.world.catalogue import Album, Artist, Catalogue, Playable, Track

BEGINNING = 1_793_491_200.0
"""2026-11-01T00:00:00Z: the moment at which the generated world was photographed."""
KINDS = ("track", "album", "show", "episode", "audiobook")


@dataclass(frozen=True)
class Sketch:
    """What is known about a person before their things are made up."""

    handle: str
    user_id: str
    display_name: str | None
    country: str
    premium: bool = True
    saved: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How many tracks, albums, shows, episodes and audiobooks are saved."""
    follows: int = 0
    plays: int = 0
    devices: tuple[Device, ...] = ()
    playing: str = ""
    """What the player does at first: nothing, "paused", "album", "episode" or "queue"."""
    signs_in: bool = True


@dataclass
class Person:
    """One simulated account; its belongings are generated on first use, from the seed and the handle."""

    sketch: Sketch
    seed: int
    catalogue: Catalogue
    premium: bool
    country: str
    born: float
    playlists: Shelf = field(default_factory=Shelf)
    followed_people: Shelf = field(default_factory=Shelf)
    filter_explicit: bool = False

    @property
    def handle(self) -> str:
        """The short name the control API uses."""
        return self.sketch.handle

    @property
    def user_id(self) -> str:
        """The Spotify user id; may hold any characters."""
        return self.sketch.user_id

    @property
    def quoted_id(self) -> str:
        """The user id as it appears in paths and URIs."""
        return quote(self.user_id, safe="")

    @cached_property
    def account_id(self) -> str:
        """The stable ten-character id for account linking."""
        digits = new_id(self.seed, "account", self.handle)
        return digits[-10:]

    @property
    def email(self) -> str:
        """The e-mail address of the account, invented."""
        return f"{self.handle}@listeners.example"

    @cached_property
    def followers(self) -> int:
        """How many people follow this one."""
        return Dice(f"{self.seed}:{self.handle}:followers").randint(0, 400)

    @cached_property
    def library(self) -> dict[str, Shelf]:
        """Saved tracks, albums, shows, episodes and audiobooks, by kind."""
        found = self.catalogue
        pools: tuple[Collection[str], ...] = (
            found.tracks,
            found.albums,
            found.shows,
            found.episodes,
            found.audiobooks,
        )
        shelves = {}
        for kind, pool, count in zip(KINDS, pools, self.sketch.saved, strict=True):
            dice = Dice(f"{self.seed}:{self.handle}:{kind}")
            chosen = dice.sample(list(pool), min(count, len(pool)))
            gap = 5 * 365 * 86_400 / max(1, len(chosen))
            shelves[kind] = Shelf(
                (key, float(int(BEGINNING - gap * (len(chosen) - place)))) for place, key in enumerate(chosen)
            )
        return shelves

    @cached_property
    def followed_artists(self) -> Shelf:
        """Artists this person follows."""
        dice = Dice(f"{self.seed}:{self.handle}:artists")
        pool = list(self.catalogue.artists)
        chosen = dice.sample(pool, min(self.sketch.follows, len(pool)))
        return Shelf((key, BEGINNING - 86_400.0 * (len(chosen) - place)) for place, key in enumerate(chosen))

    @cached_property
    def player(self) -> Player:
        """Devices, playback and history."""
        devices = [_own(device, self.seed, self.handle) for device in self.sketch.devices]
        player = Player(label=f"{self.seed}:{self.handle}", devices=devices)
        dice = Dice(f"{self.seed}:{self.handle}:plays")
        tracks = list(self.catalogue.tracks.values())
        moment = BEGINNING
        for _ in range(self.sketch.plays):
            moment -= dice.randint(180, 20_000)
            track = dice.choice(tracks)
            context = Uri("album", track.album.id) if dice.chance(0.7) else None
            player.plays.append(Play(track, moment, context))
        if self.sketch.playing:
            player.change(self._first_playback(player), self.born, 0.0)
        return player

    def _first_playback(self, player: Player) -> Playback:
        dice = Dice(f"{self.seed}:{self.handle}:playing")
        items: tuple[Playable, ...]
        if self.sketch.playing == "episode":
            show = dice.choice(list(self.catalogue.shows.values()))
            items, context = tuple(show.episodes), Uri("show", show.id)
        else:
            albums = [a for a in self.catalogue.albums.values() if len(a.tracks) > 5 and a.name]
            album: Album = dice.choice(albums)
            items, context = tuple(album.tracks), Uri("album", album.id)
        start = min(1, len(items) - 1)
        queued = (
            tuple(dice.sample(list(self.catalogue.tracks.values()), 3))
            if self.sketch.playing == "queue"
            else ()
        )
        return Playback(
            device=player.devices[0],
            item=items[start],
            context=context,
            items=items,
            order=tuple(range(len(items))),
            place=start,
            playing=self.sketch.playing != "paused",
            position_ms=41_000,
            since=self.born,
            queue=queued,
        )

    def top_tracks(self, time_range: str) -> list[Track]:
        """Give the tracks this person played most over a time range, most played first."""
        dice = Dice(f"{self.seed}:{self.handle}:top:tracks:{time_range}")
        pool = sorted(self.library["track"]) or []
        return [self.catalogue.tracks[key] for key in dice.sample(pool, min(len(pool), 99))]

    def top_artists(self, time_range: str) -> list[Artist]:
        """Give the artists this person played most over a time range, most played first."""
        ranked = (track.artists[0] for track in self.top_tracks(time_range))
        return list(dict.fromkeys(ranked))


def _own(device: Device, seed: int, handle: str) -> Device:
    """Give a person their own copy of a device, with an id made from theirs (40 hex digits, as real ones)."""
    device_id = None if device.id is None else new_id(seed, "device", handle, device.name).encode().hex()[:40]
    return replace(device, id=device_id)
