"""What the model reads: small, flat, no nulls; names from Spotify are data, never layout."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from auxcord.spotify.models import Album, Artist, Audiobook, Chapter, Episode, Playlist, Show, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from auxcord.spotify.models import ArtistRef, PlaybackState, PlaylistItem

SEPARATOR: Final = "|"
NAME_LENGTH: Final = 80
"""Characters a name from Spotify may have in an answer."""

ROW_BYTES: Final = 79
"""Bytes a row of a long playlist takes on average, at most."""

_SHORTEST_CUT: Final = 16
_FEW_ROWS: Final = 50
_SEPARATOR_LOOKALIKE: Final = "\u00a6"
_GAPS: Final = re.compile(r"\s+")
_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Control, format (bidi, zero-width, tags), surrogate and private characters."""
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0",
)
_MARKS_IN_A_ROW: Final = 3
"""Combining marks one letter may carry; more is drawn over its neighbours."""


def clean(text: str | None, limit: int = NAME_LENGTH) -> str:
    """Make untrusted text safe to stand in a row: one line, visible characters only, at most `limit` of them.

    Readable text in any script comes out as it went in.
    """
    if not text:
        return ""
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    text = _GAPS.sub(" ", text).strip().replace(SEPARATOR, _SEPARATOR_LOOKALIKE)
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character.isspace():
            character = " "  # noqa: PLW2901  a gap of any kind is a gap
        elif _is_hidden(character, category):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def _is_hidden(character: str, category: str) -> bool:
    return (
        category in _DROPPED_CATEGORIES
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"  # variation selectors
        or "\U000e0000" <= character <= "\U000e0fff"  # tags, more selectors, and what is kept free for such
    )


def row(*columns: str | int) -> str:
    """Join finished columns to one row."""
    return SEPARATOR.join(str(column) for column in columns)


def lines(*parts: str | Iterable[str]) -> str:
    """Put an answer together; empty parts leave no trace."""
    flat = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return "\n".join(line for line in flat if line)


def clock_time(milliseconds: int) -> str:
    """Write a length of time as m:ss, or h:mm:ss from an hour on."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def moment(text: str | None, length: int = 16) -> str:
    """Write an ISO 8601 time as a day (length 10) or to the minute."""
    return clean(text)[:length].replace("T", " ")


def count(number: int, noun: str) -> str:
    """Write a number with its noun: 1 track, 2 tracks."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- Things in the catalogue: one row each, the URI last ----------------------------------------------------


def credit(artists: Sequence[ArtistRef]) -> str:
    """Name the artists; beyond three, how many more there are."""
    names = ", ".join(clean(artist.name, 40) for artist in artists[:3])
    return f"{names} +{len(artists) - 3}" if len(artists) > 3 else names


def length(item: Track | Episode | Chapter) -> str:
    """Write how long it is, or that it cannot be played here."""
    if item.is_playable is False:
        return "unplayable"
    return "" if item.duration_ms is None else clock_time(item.duration_ms)


def maker(item: Track | Episode) -> str:
    """Name who made it: the artists of a track, the show of an episode."""
    if isinstance(item, Track):
        return credit(item.artists)
    return clean(item.show.name) if item.show else ""


def title(item: Track | Episode) -> str:
    """Name one track or episode inside a sentence, URI included."""
    by = maker(item)
    return f"{clean(item.name)} - {by} ({item.uri})" if by else f"{clean(item.name)} ({item.uri})"


def owner(playlist: Playlist) -> str:
    """Name the person a playlist belongs to."""
    person = playlist.owner
    return clean(person.display_name or person.id) if person else ""


def uri(item: Any) -> str:
    """Write the URI; those of somebody's own files hold titles, so they are cleaned as well."""
    return clean(item.uri, 200)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _track(item: Track) -> tuple[str, ...]:
    return credit(item.artists), clean(item.album.name) if item.album else "", length(item)


def _album(item: Album) -> tuple[str, ...]:
    released, kind = moment(item.release_date, 10), clean(item.album_type, 12)
    return credit(item.artists), kind, released, _number(item.total_tracks)


def _artist(item: Artist) -> tuple[str, ...]:
    return (clean(", ".join(item.genres[:3])),)


def _playlist(item: Playlist) -> tuple[str, ...]:
    return owner(item), _number(item.total)


def _show(item: Show) -> tuple[str, ...]:
    return clean(item.publisher), _number(item.total_episodes)


def _episode(item: Episode) -> tuple[str, ...]:
    return maker(item), moment(item.release_date, 10), length(item)


def _audiobook(item: Audiobook) -> tuple[str, ...]:
    return clean(", ".join(author.name for author in item.authors)), _number(item.total_chapters)


def _chapter(item: Chapter) -> tuple[str, ...]:
    return clean(item.audiobook.name) if item.audiobook else "", length(item)


_TABLES: Final[dict[type, tuple[str, str, Callable[[Any], tuple[str, ...]]]]] = {
    Track: ("tracks", "title|artists|album|m:ss|uri", _track),
    Album: ("albums", "title|artists|type|released|tracks|uri", _album),
    Artist: ("artists", "name|genres|uri", _artist),
    Playlist: ("playlists", "name|owner|items|uri", _playlist),
    Show: ("shows", "name|publisher|episodes|uri", _show),
    Episode: ("episodes", "title|show|released|m:ss|uri", _episode),
    Audiobook: ("audiobooks", "title|authors|chapters|uri", _audiobook),
    Chapter: ("chapters", "title|audiobook|m:ss|uri", _chapter),
}


def table(items: Iterable[Any], about: str = "") -> list[str]:
    """Write things of one kind as rows, under a line that names the columns; `about` follows the kind."""
    present = [item for item in items if item is not None]
    if not present:
        return []
    kind, columns, _ = _TABLES[type(present[0])]
    return [f"{kind}{about}: {columns}", *(_row_of(item) for item in present)]


def tables(items: Iterable[Any]) -> list[str]:
    """Write things of many kinds: a table for each kind, in the order in which the kinds first occur."""
    groups: dict[type, list[Any]] = {}
    for item in items:
        groups.setdefault(type(item), []).append(item)
    return [line for group in groups.values() for line in table(group)]


def _row_of(item: Any) -> str:
    _, _, columns = _TABLES[type(item)]
    return row(clean(item.name), *columns(item), uri(item))


def numbered(entries: Sequence[PlaylistItem | None], first: int, *, details: bool = False) -> list[str]:
    """Write the entries of a playlist as numbered rows under a line that names the columns.

    In a long list of long names the longest are cut until it fits; a name that was cut ends with "…".
    """
    columns = f"no|title|artists|{'album|m:ss|added|' if details else ''}uri"
    cells = [_cells(place, entry, details) for place, entry in enumerate(entries, first)]
    room = ROW_BYTES * max(len(cells), _FEW_ROWS)
    rows = [row(*line) for line in cells]
    for longest in range(NAME_LENGTH, _SHORTEST_CUT, -2):
        if details or sum(len(line.encode()) + 1 for line in rows) <= room:
            break
        rows = [row(number, *(_cut(name, longest) for name in names), link) for number, *names, link in cells]
    return [columns, *rows]


def _cells(number: int, entry: PlaylistItem | None, details: bool) -> tuple[str, ...]:  # noqa: FBT001
    if entry is None or entry.item is None:
        return str(number), "(Spotify no longer shows this item)", "", ""
    item = entry.item
    if not details:
        name = f"{clean(item.name)} (unplayable)" if item.is_playable is False else clean(item.name)
        return str(number), name, maker(item), uri(item)
    album = clean(item.album.name) if isinstance(item, Track) and item.album else ""
    return (
        str(number),
        clean(item.name),
        maker(item),
        album,
        length(item),
        moment(entry.added_at, 10),
        uri(item),
    )


# --- What is playing ----------------------------------------------------------------------------------------


def playback(state: PlaybackState) -> list[str]:
    """Say what plays, where, how far it is, and from what."""
    device = state.device
    modes = [f"shuffle {'on' if state.shuffle_state else 'off'}", f"repeat {state.repeat_state or 'off'}"]
    where = []
    if device is not None:
        volume = "" if device.volume_percent is None else f", volume {device.volume_percent}"
        where = [f"device: {clean(device.name)} ({clean(device.type)}{volume})"]
    source = state.context.uri if state.context else None
    return [
        f"{'playing' if state.is_playing else 'paused'}: {_now(state)}",
        "; ".join([*where, *modes]),
        f"from: {clean(source, 100)}" if source else "",
    ]


def _now(state: PlaybackState) -> str:
    if state.item is None:
        return clean(state.currently_playing_type, 20) or "something Spotify does not name"
    at = clock_time(state.progress_ms or 0)
    return f"{title(state.item)} at {at} of {length(state.item)}"
