"""Reading a line such as `3. Artist - Title (feat. Guest) [Live]`: every way it may be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from auxcord.tools.matching.folding import fold
from auxcord.tools.matching.versions import Version, versions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERING: Final = re.compile(r"^\s*(?:[#№]?\s*\d{1,3}\s*[.):]\s+|[-*•·–]\s+)")  # noqa: RUF001
_LENGTH: Final = re.compile(r"[\s([]*\b\d{1,2}:\d{2}\b[)\]]*\s*$")
_QUOTES: Final = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_DASH: Final = re.compile(
    r"\s+[-\u2010-\u2015]+\s+|\s*[\u2013\u2014]\s*|\s*\t+\s*|\s+\|\s+|\s+//?\s+|\s*;\s+"
)
_COLON: Final = re.compile(r"\s*:\s+")
_BY: Final = re.compile(r"\s*,?\s+by\s+", re.IGNORECASE)
_COMMA: Final = re.compile(r"\s*,\s+")
_GUESTS: Final = re.compile(
    r"[\s(\[]+(?:feat\.?|ft\.?|featuring|with|w/)\s+"
    r"(?P<guests>[^()\[\]]+?)\s*(?:[)\]]|$|(?=\s+-\s+)|(?=[(\[]))",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_TAIL: Final = re.compile(r"\s+-\s+([^-].*)$")
_ARTISTS: Final = re.compile(r"\s*(?:,|&|\+|;|/|\bx\b|\bvs\.?|\band\b|\bfeat\.?|\bft\.?)\s*", re.IGNORECASE)
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Name:
    """A title, taken apart.

    Args:
        full: All of it but the guests and the version.
        short: The same without what stands in brackets.
        versions: Which recording of the song it is.
        about: What the title says about the recording, such as who mixed it or where it was played.
        guests: Who is named as a guest.
    """

    full: str
    short: str
    versions: frozenset[Version] = frozenset()
    about: str = ""
    guests: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line: a title, and by whom if the line says so."""

    name: Name
    artist: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and every way to read it.

    Args:
        text: The line, as it was given.
        readings: Different ones; the likeliest first.
        words: What of it names the song, for a search.
    """

    text: str
    readings: tuple[Reading, ...]
    words: str


def read_line(text: str) -> Line:
    """Read a line; one that says nothing has no readings."""
    plain = _without_length(_NUMBERING.sub("", text[:_LONGEST])).strip()
    found: dict[tuple[str, str], Reading] = {}
    for title, artist in _splits(plain):
        reading = _reading(take_apart(_unquoted(title)), take_apart(_unquoted(artist)))
        if reading.name.full:
            found.setdefault((fold(reading.name.full), fold(reading.artist)), reading)
    return Line(text, tuple(found.values()), _words(plain))


def take_apart(title: str) -> Name:
    """Take a title apart: `Song (feat. Guest) - Live at the Hall` is `Song`, live, with Guest."""
    guests = ", ".join(match["guests"] for match in _GUESTS.finditer(title))
    rest = _GUESTS.sub(" ", title)
    about: list[str] = []

    def bracketed(match: re.Match[str]) -> str:
        if not versions_in(match[1]):
            return match[0] if match[1].strip() else ""
        about.append(match[1])
        return ""

    rest = _BRACKETS.sub(bracketed, rest)
    tail = _TAIL.search(rest)
    if tail is not None and versions_in(tail[1]):
        about.append(tail[1])
        rest = rest[: tail.start()]
    full = " ".join(rest.split()) or " ".join(title.split())
    short = " ".join(_BRACKETS.sub("", full).split()) or full
    versions = frozenset[Version]().union(*map(versions_in, about))
    return Name(full, short, versions, " ".join(about), guests)


def _reading(title: Name, artist: Name) -> Reading:
    """Put both sides of a line together: a guest or a version named beside the artist is the title's."""
    return Reading(
        replace(
            title,
            versions=title.versions | artist.versions,
            about=f"{title.about} {artist.about}".strip(),
            guests=", ".join(filter(None, (title.guests, artist.guests))),
        ),
        artist.full,
    )


def artists_in(text: str) -> tuple[str, ...]:
    """Return the artists a text may name: all of it as one, and each part of it."""
    parts = [part for part in _ARTISTS.split(text) if part.strip()]
    return tuple(dict.fromkeys((text, *parts))) if len(parts) > 1 else (text,)


def _without_length(line: str) -> str:
    """Drop the playing time at the end, unless it is the title."""
    rest = _LENGTH.sub("", line)
    return line if rest.rstrip().endswith(("-", "\u2013", "\u2014", ":")) or not rest.strip() else rest


def _splits(line: str) -> Iterator[tuple[str, str]]:
    """Yield (title, artist) for each place where the line may be parted, in both orders."""
    dashes = list(_DASH.finditer(line))
    for split in (*dashes[:1], *dashes[-1:]):
        before, after = line[: split.start()], line[split.end() :]
        yield after, before
        yield before, after
    for split in list(_BY.finditer(line))[-1:]:
        yield line[: split.start()], line[split.end() :]
    for pattern in (_COLON, _COMMA):
        if not dashes and (parts := pattern.split(line, maxsplit=1))[1:]:
            yield parts[1], parts[0]
            yield parts[0], parts[1]
    yield line, ""


def _unquoted(text: str) -> str:
    return _QUOTES.sub("", text).strip(" -,;:'\u2018\u2019")


def _words(line: str) -> str:
    """Keep the words that name a song and its artists; what tells the file or its sound apart goes."""
    without = _BRACKETS.sub(
        lambda match: f" {match[1]} " if _is_name(match[1]) else " ",
        _GUESTS.sub(r" \g<guests> ", _QUOTES.sub(" ", line)),
    )
    parted = [part for part in _DASH.split(_BY.sub(" \u2013 ", without)) if part and _is_name(part)]
    return " ".join(re.sub(r"[(\[\])|:;,]+", " ", " ".join(parted)).split())


def _is_name(text: str) -> bool:
    """Whether a part of a line says more than that the recording was polished or how it was uploaded."""
    versions = versions_in(text)
    return not versions or any(version.is_another_recording for version in versions)
