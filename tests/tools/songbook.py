"""Lines people might write, and which song each means: made from the simulator's catalogue by plain rules.

The rules know nothing of the matcher: they take a track and spoil its name as people do. A line is labelled
with the artist and the title of the track it was made from, or with None when nobody sings such a song.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from auxcord.simulator.world.catalogue import Catalogue, Track

_SUFFIX = re.compile(r" - |[(\[]")
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_CYRILLIC_SOUNDS = "a b v g d e jo zh z i j k l m n o p r s t u f h c ch sh sch - y - e ju ja"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_GREEK_SOUNDS = "a v g d e z i th i k l m n ks o p r s s t y f h ps o"
_LATIN = {
    letter: sound.strip("-")
    for letters, sounds in ((_CYRILLIC, _CYRILLIC_SOUNDS), (_GREEK, _GREEK_SOUNDS))
    for letter, sound in zip(letters, sounds.split(), strict=True)
}
_ABSENT_TITLES = (
    "Seventeen Paper Umbrellas", "Waltz for a Broken Modem", "Nobody Told the Lighthouse",
    "Concrete Marmalade", "An Apology to Tuesday", "Velvet Staircase Nine", "The Accountant's Lullaby",
    "Spreadsheet Sunrise", "My Neighbour's Helicopter", "Unreasonable Weather", "Orchid in the Tollbooth",
    "Half a Kilometre of Rope",
)  # fmt: skip
_ABSENT_ARTISTS = (
    "Quartz Ombudsman", "Professor Wolfram and the Ladders", "DJ Peppermint Tribunal", "Zebulon Karsk",
    "The Municipal Owls", "Hattie Brandywood", "Vexation Choir", "Ingo & Die Schraubenzieher",
)  # fmt: skip


class Song(NamedTuple):
    """A line and what it means.

    Attributes:
        kind: By which rule it was made.
        line: What is written.
        artist_id: Who performs what is meant; None if nobody does.
        title: Its name as the catalogue has it.
    """

    kind: str
    line: str
    artist_id: str | None
    title: str | None


def songbook(catalogue: Catalogue, each: int = 60, seed: int = 7) -> list[Song]:
    """Make `each` lines by every rule."""
    return list(_Maker(catalogue, random.Random(seed)).songs(each))


class _Maker:
    def __init__(self, catalogue: Catalogue, dice: random.Random) -> None:
        self._dice = dice
        playable = [
            track for track in catalogue.tracks.values() if "GB" in track.markets and track.album.name
        ]
        self._plain = [track for track in playable if not _SUFFIX.search(track.name)]
        self._marked = [track for track in playable if " - " in track.name]
        by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
        for track in playable:
            by_name[track.artists[0].name, track.name].add(track.artists[0].id)
        # Two artists of one name with one title: nobody could say which is meant.
        self._plain = [track for track in self._plain if len(by_name[track.artists[0].name, track.name]) == 1]
        everything = catalogue.tracks.values()
        self._known = {(artist.name, plain(track.name)) for track in everything for artist in track.artists}
        self._singers: dict[str, set[str]] = defaultdict(set)
        for track in playable:
            self._singers[track.name.casefold()].add(track.artists[0].id)

    def songs(self, each: int) -> Iterator[Song]:
        for rule in (
            self._exact, self._by, self._noisy, self._misspelt, self._without_accents, self._romanised,
            self._guests, self._recording, self._covered, self._unknown_title, self._unknown_artist,
            self._wrong_artist,
        ):  # fmt: skip
            yield from _some(rule, each)

    def _any(self, fits: Callable[[Track], bool] = lambda _: True, among: list[Track] | None = None) -> Track:
        while True:
            track = self._dice.choice(among or self._plain)
            if fits(track):
                return track

    def _song(self, kind: str, line: str, track: Track) -> Song:
        return Song(kind, line, track.artists[0].id, track.name)

    def _exact(self) -> Song:
        track = self._any()
        return self._song("exact", f"{track.artists[0].name} - {track.name}", track)

    def _by(self) -> Song:
        track = self._any()
        return self._song("by", f"{track.name} by {track.artists[0].name}", track)

    def _noisy(self) -> Song:
        track = self._any()
        artist, title = track.artists[0].name, track.name
        line = self._dice.choice((
            f"{self._dice.randint(1, 99)}. {artist} - {title}",
            f"{artist} – {title} (Official Video)",  # noqa: RUF001
            f'"{title}" — {artist}',
            f"{title.upper()} - {artist.upper()}",
            f"- {artist.lower()}: {title.lower()}",
            f"{artist} - {title} [HQ] 3:{self._dice.randint(10, 59)}",
            f"{artist}\t{title}",
            f"{title} ({self._dice.randint(1990, 2020)} Remaster) by {artist}",
        ))  # fmt: skip
        return self._song("noisy", line, track)

    def _misspelt(self) -> Song:
        track = self._any(lambda one: one.name.isascii() and max(map(len, one.name.split())) >= 5)
        artist, title = track.artists[0].name, track.name
        if self._dice.random() < 0.3 and max(map(len, artist.split())) >= 5:
            artist = self._slip(artist)
        else:
            title = self._slip(title)
        return self._song("misspelt", f"{artist} - {title}", track)

    def _slip(self, text: str) -> str:
        words = text.split()
        place = self._dice.choice([number for number, word in enumerate(words) if len(word) >= 5])
        word = words[place]
        at = self._dice.randrange(1, len(word) - 1)
        words[place] = self._dice.choice((
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + self._dice.choice("aeiorstn") + word[at + 1 :],
        ))  # fmt: skip
        return " ".join(words)

    def _without_accents(self) -> Song:
        def is_accented(track: Track) -> bool:
            text = f"{track.artists[0].name} {track.name}"
            return not text.isascii() and all(letter < "\u0250" for letter in text)

        track = self._any(is_accented)
        return self._song("without accents", _bare(f"{track.artists[0].name} - {track.name}"), track)

    def _romanised(self) -> Song:
        def is_foreign(track: Track) -> bool:
            return all(any(letter in _LATIN for letter in _lower(text)) for text in _names(track))

        track = self._any(is_foreign)
        written = (
            " ".join(
                "".join(_LATIN.get(letter, letter) for letter in _lower(word)).title()
                for word in text.split()
            )
            for text in _names(track)
        )
        return self._song("romanised", " - ".join(written), track)

    def _guests(self) -> Song:
        track = self._any(lambda one: len(one.artists) > 1)
        guest = track.artists[1].name
        line = self._dice.choice((
            f"{track.artists[0].name} feat. {guest} - {track.name}",
            f"{track.artists[0].name} - {track.name} (ft. {guest})",
            f"{track.name} by {track.artists[0].name} & {guest}",
        ))  # fmt: skip
        return self._song("guests", line, track)

    def _recording(self) -> Song:
        track = self._any(among=self._marked)
        title, _, mark = track.name.partition(" - ")
        line = self._dice.choice(
            (f"{track.artists[0].name} - {title} ({mark})", f"{title} [{mark}] by {track.artists[0].name}")
        )
        return self._song("another recording", line, track)

    def _covered(self) -> Song:
        track = self._any(lambda one: len(self._singers[one.name.casefold()]) > 1)
        return self._song("covered", f"{track.artists[0].name} - {track.name}", track)

    def _unknown_title(self) -> Song:
        return Song(
            "unknown title",
            f"{self._any().artists[0].name} - {self._dice.choice(_ABSENT_TITLES)}",
            None,
            None,
        )

    def _unknown_artist(self) -> Song:
        return Song(
            "unknown artist", f"{self._dice.choice(_ABSENT_ARTISTS)} - {self._any().name}", None, None
        )

    def _wrong_artist(self) -> Song:
        track, other = self._any(), self._any()
        while (other.artists[0].name, plain(track.name)) in self._known:
            other = self._any()
        return Song("wrong artist", f"{other.artists[0].name} - {track.name}", None, None)


def means(song: Song, artist_id: str, title: str) -> bool:
    """Say whether this is the song that a line was made from."""
    return song.title is not None and song.artist_id == artist_id and plain(song.title) == plain(title)


def plain(title: str) -> str:
    """Reduce a title to what makes it that song: without guests, polish and punctuation."""
    title = re.sub(r"\s[(\[](?:feat|ft|with)\b.*?[)\]]", "", title)
    title = re.sub(r" - (?:\d{4} )?Remaster(?:ed)?(?: \d{4})?$", "", title)
    return re.sub(r"\W+", "", _lower(title))


def _some(rule: Callable[[], Song], number: int) -> Iterator[Song]:
    seen: set[str] = set()
    while len(seen) < number:
        song = rule()
        if song.line not in seen:
            seen.add(song.line)
            yield song


def _names(track: Track) -> tuple[str, str]:
    return track.artists[0].name, track.name


def _lower(text: str) -> str:
    return _bare(text.lower())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
