"""How the music is made up: artists with discographies, and the traps a matcher meets in real catalogues.

The traps: live, acoustic, demo, instrumental, radio-edit, remix and remaster versions; deluxe editions
that repeat
recordings (same ISRC, other id); the same title by several artists; featured artists in the title, in
the credits, or both;
artists whose names differ by an article, a plural or nothing at all; tracks that play only in some
countries, with
or without a twin elsewhere; releases that were taken down (no name, no markets).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auxcord.simulator.identifiers import Dice, new_id
from auxcord.simulator.world import names
from auxcord.simulator.world.catalogue import (
    EVERYWHERE,
    MARKETS,
    Album,
    AlbumType,
    Artist,
    Catalogue,
    Track,
)

_LANDMARKS = Path(__file__).with_name("landmarks.json")
_EDITIONS = ("Radio Edit", "Acoustic", "Demo", "Instrumental", "Extended Mix", "Sped Up", "Bonus Track")


class MusicMaker:
    """Fills a catalogue with music.

    Args:
        seed: The world's seed.
        catalogue: What to fill.
        artists: How many artists to invent beside the landmarks.
    """

    def __init__(self, seed: int, catalogue: Catalogue, artists: int) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._count = artists
        self._dice = Dice(f"{seed}:music")
        self._standards: list[str] = []
        self._artists: list[Artist] = []
        self._made = 0

    def make(self) -> None:
        """Invent everything: landmarks first, then the multitude, then the compilations."""
        self._landmarks()
        for number in range(self._count):
            language = names.pick_language(self._dice)
            artist = self._artist(names.artist_name(self._dice, language), number)
            self._discography(artist, language)
        self._compilations()
        self._box_set()

    # -- artists and albums ------------------------------------------------------------------------

    def _artist(self, name: str, key: object, genres: tuple[str, ...] = (), popularity: int = -1) -> Artist:
        dice = self._dice
        rank = popularity if popularity >= 0 else min(100, int(dice.betavariate(1.6, 3.2) * 100))
        artist = Artist(
            id=new_id(self._seed, "artist", name, key),
            name=name,
            genres=genres or tuple(dice.sample(names.GENRES, dice.randint(0, 3))),
            popularity=rank,
            followers=int(1.14**rank * dice.uniform(3, 30)),
            has_image=not dice.chance(0.08),
        )
        self._catalogue.artists[artist.id] = artist
        self._artists.append(artist)
        return artist

    def _album(
        self, artist: Artist, name: str, kind: AlbumType, date: str, owner: Artist | None = None
    ) -> Album:
        self._made += 1
        dice = self._dice
        album = Album(
            id=new_id(self._seed, "album", self._made),
            name=name,
            type=kind,
            artists=(owner or artist,),
            date=date,
            label=names.label(dice),
            upc=f"{dice.randrange(10**12):012d}",
            popularity=max(0, artist.popularity - dice.randint(0, 30)),
        )
        self._catalogue.albums[album.id] = album
        (owner or artist).albums.append(album)
        return album

    def _track(
        self, album: Album, name: str, like: Track | None = None, with_: tuple[Artist, ...] = ()
    ) -> Track:
        """Add a track to an album; `like` makes it the same recording as another (same ISRC and length)."""
        dice = self._dice
        number = len(album.tracks) + 1
        track = Track(
            id=new_id(album.id, number),
            name=name,
            artists=like.artists if like else (album.artists[0], *with_),
            album=album,
            disc=1 + (number - 1) // 25,
            number=1 + (number - 1) % 25,
            duration_ms=like.duration_ms if like else int(dice.triangular(61_000, 420_000, 214_000)),
            explicit=like.explicit if like else dice.random() < 0.12,
            isrc=like.isrc if like else self._isrc(album),
            popularity=max(0, album.popularity - int(dice.random() * 40)),
        )
        album.tracks.append(track)
        self._catalogue.tracks[track.id] = track
        for artist in track.artists:
            if artist is not album.artists[0] and album not in artist.appears_on:
                artist.appears_on.append(album)
        return track

    def _isrc(self, album: Album) -> str:
        country = MARKETS[sum(map(ord, album.label)) % len(MARKETS)]
        return f"{country}{album.id[-3:].upper()}{album.date[2:4]}{self._dice.randrange(100_000):05d}"

    # -- an artist's works -------------------------------------------------------------------------

    def _discography(self, artist: Artist, language: str) -> None:
        dice = self._dice
        year = dice.randint(1961, 2019)
        for _ in range(dice.choices((1, 2, 3, 4, 5), weights=(3, 4, 4, 2, 1))[0]):
            album = self._studio_album(artist, language, year)
            if dice.chance(0.22):
                self._single(artist, album)
            if dice.chance(0.12):
                self._edition(artist, album, "Deluxe Edition", same_recordings=True)
            if dice.chance(0.10):
                self._edition(artist, album, f"Remastered {min(2025, year + 18)}", same_recordings=False)
            if dice.chance(0.08):
                self._live(artist, album)
            year = min(2026, year + dice.randint(1, 6))

    def _date(self, year: int) -> str:
        dice = self._dice
        month = f"{year}-{dice.randint(1, 12 if year < 2026 else 10):02d}"
        if dice.chance(0.82):
            return f"{month}-{dice.randint(1, 28):02d}"
        return month if dice.chance(0.3) else str(year)

    def _studio_album(self, artist: Artist, language: str, year: int) -> Album:
        dice = self._dice
        album = self._album(artist, names.title(dice, language), "album", self._date(year))
        for _ in range(dice.randint(7, 14)):
            track = self._song(album, artist, language)
            if dice.chance(0.03):
                self._restrict(track)
        if dice.chance(0.01):
            _take_down(album)
        return album

    def _song(self, album: Album, artist: Artist, language: str) -> Track:
        dice = self._dice
        if self._standards and dice.chance(0.03):
            return self._track(album, dice.choice(self._standards))
        name = names.title(dice, language)
        if dice.chance(0.02):
            self._standards.append(name)
        if len(self._artists) < 20 or not dice.chance(0.07):
            return self._track(album, name)
        guest = dice.choice(self._artists[:-1])
        if guest is artist or dice.chance(0.3):
            return self._track(album, name, with_=() if guest is artist else (guest,))
        return self._track(
            album, f"{name} ({dice.choice(('feat.', 'feat.', 'ft.', 'with'))} {guest.name})", with_=(guest,)
        )

    def _single(self, artist: Artist, album: Album) -> None:
        song = self._dice.choice(album.tracks)
        single = self._album(artist, song.name, "single", album.date)
        self._track(single, song.name, like=song)
        for edition in self._dice.sample(_EDITIONS, self._dice.randint(0, 2)):
            self._track(single, f"{song.name} - {edition}", with_=song.artists[1:])
        if self._dice.chance(0.4) and len(self._artists) > 20:
            remixer = self._dice.choice(self._artists[:-1])
            self._track(single, f"{song.name} - {remixer.name} Remix", with_=(*song.artists[1:], remixer))

    def _edition(self, artist: Artist, album: Album, note: str, *, same_recordings: bool) -> None:
        again = self._album(
            artist, f"{album.name} ({note})", "album", str(min(2026, int(album.date[:4]) + 10))
        )
        for song in list(album.tracks):
            if same_recordings:
                self._track(again, song.name, like=song)
            else:
                self._track(again, f"{song.name} - {note}", with_=song.artists[1:])

    def _live(self, artist: Artist, album: Album) -> None:
        where = names.place(self._dice)
        live = self._album(
            artist, f"Live at {where}", "album", self._date(min(2026, int(album.date[:4]) + 1))
        )
        for song in self._dice.sample(album.tracks, min(6, len(album.tracks))):
            self._track(live, f"{song.name} - Live at {where}", with_=song.artists[1:])

    def _restrict(self, track: Track) -> None:
        """Take a track from some countries; half of the time another copy plays there (a relinked twin)."""
        dice = self._dice
        there = frozenset(dice.sample(MARKETS, 30))
        track.markets = there
        if dice.chance(0.5):
            release = self._album(track.album.artists[0], track.name, "single", track.album.date)
            twin = self._track(release, track.name, like=track)
            twin.markets, twin.twin, track.twin = EVERYWHERE - there, track, twin

    # -- what belongs to nobody in particular ------------------------------------------------------

    def _landmarks(self) -> None:
        entries: list[dict[str, Any]] = json.loads(_LANDMARKS.read_text(encoding="utf-8"))
        made = [
            self._artist(e["artist"], n, tuple(e["genres"]), e["popularity"]) for n, e in enumerate(entries)
        ]
        by_name = {artist.name: artist for artist in reversed(made)}
        for artist, entry in zip(made, entries, strict=True):
            for work in entry["albums"]:
                self._landmark_album(artist, work, by_name)

    def _landmark_album(self, artist: Artist, work: dict[str, Any], by_name: dict[str, Artist]) -> None:
        album = self._album(artist, work["name"], work["type"], work["date"])
        originals = {track.name: track for other in artist.albums for track in other.tracks}
        for other in artist.albums:
            if other is not album and other.name == work.get("copies"):
                for song in other.tracks:
                    self._track(album, song.name, like=song)
        if "copies_one" in work:
            self._track(album, work["copies_one"], like=originals[work["copies_one"]])
        for song in work["tracks"]:
            facts: dict[str, Any] = {"name": song} if isinstance(song, str) else song
            track = self._track(album, facts["name"], with_=tuple(by_name[n] for n in facts.get("with", ())))
            track.explicit = facts.get("explicit", False)

    def _compilations(self) -> None:
        """Make the anthologies by Various Artists, whose tracks are recordings from elsewhere."""
        dice = self._dice
        various = self._artist("Various Artists", "various", ("compilation",), 0)
        tracks = list(self._catalogue.tracks.values())
        for volume in range(1, 13):
            album = self._album(
                various, f"Evening Broadcast, Vol. {volume}", "compilation", self._date(2000 + volume)
            )
            for song in dice.sample(tracks, 30):
                self._track(album, song.name, like=song)

    def _box_set(self) -> None:
        """Make one release of 120 tracks on five discs, so that an album needs paging."""
        artist = self._artists[0]
        album = self._album(artist, "The Complete Basement Tapes", "album", "2024-05-17")
        for number in range(1, 121):
            self._track(album, f"Basement Sketch No. {number}")


def _take_down(album: Album) -> None:
    album.name = ""
    album.markets = frozenset()
    for track in album.tracks:
        track.markets, track.twin = frozenset(), None
