"""Putting a playlist in another order: moving, sorting, shuffling, taking out what is there twice."""

# No postponed annotations: pydantic resolves them at run time.
import random
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AmbiguousWriteError, AuxcordError, InputError
from auxcord.spotify.models import Page, Playlist, PlaylistItem, Track
from auxcord.tools.asking import Answer, unless_confirmed
from auxcord.tools.inputs import MANY, AsWord, Confirm
from auxcord.tools.matching.folding import fold
from auxcord.tools.paging import stretch, unhurried
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.arguments import EDIT, PlaylistName
from auxcord.tools.playlists.contents import LONGEST
from auxcord.tools.playlists.journal import Journal, digest, packed
from auxcord.tools.playlists.reshaping import Plan, Reshaped, planned, reshape
from auxcord.tools.toolset import tool
from auxcord.views import clean, count, lines

Action = Literal["move", "swap", "sort", "reverse", "shuffle", "remove_duplicates"]
Key = Literal["title", "artist", "album", "added", "length"]
Position = Annotated[int, Field(ge=1)]

_ROUNDS: Final = 2


@tool(title="Reorder a playlist", needs=Permission.EDIT, scopes=EDIT, destructive=True)
async def reorder_playlist(  # noqa: PLR0913, PLR0917  a model gives them by name
    caller: Caller,
    playlist: PlaylistName,
    action: Annotated[Action, AsWord],
    by: Annotated[Key, AsWord, Field(description="For sort; remove_duplicates by=title: other releases too")]
    | None = None,
    descending: bool = False,  # noqa: FBT001, FBT002  named by JSON
    start: Annotated[Position | None, Field(description="Position to move or swap, from 1")] = None,
    length: Annotated[Position, Field(description="How many to move")] = 1,
    to: Annotated[Position | None, Field(description="Its new position")] = None,
    confirm: Confirm = "",
) -> Answer:
    """Move or swap entries, sort, reverse, shuffle, or take out duplicates, in playlists of any size.

    Checks the result; undo_playlist_change takes it back.
    """
    target = await ownership.editable(caller, playlist)
    found = await _entries(caller, target.id)
    if action == "sort":
        order = _sorted(found, by, descending=descending)
    else:
        order = _order(found, action, by, start, length, to)
    current = [_uri(entry) for entry in found]
    wanted = [current[place] for place in order]
    head = f"playlist: {clean(target.name)} ({target.uri})"
    hint = _others(found, order) if action == "remove_duplicates" and by is None else ""
    if wanted == current:
        return lines(head, "Nothing to change: it is so already.", hint)
    plan = planned(current, wanted)
    gone = len(current) - len(wanted)
    would = _loss(plan, clean(target.name), len(current), gone)
    if would and (instead := await unless_confirmed(caller, would, word=confirm)) is not None:
        return instead
    outcome = await _reshaped(caller, target, plan, current, wanted, _said(action, by))
    done = (
        f"{count(gone, 'duplicate')} removed, {len(wanted):,} entries remain" if gone else _said(action, by)
    )
    return lines(head, outcome.told(done), hint)


async def _reshaped(
    caller: Caller, target: Playlist, plan: Plan, current: Sequence[str], wanted: Sequence[str], what: str
) -> Reshaped:
    """Reshape it, and note down what it was like, so that it can be had back from wherever this comes to.

    Raises:
        AuxcordError: Nothing was changed.
    """
    journal = Journal.of(caller)
    change = await journal.note(target.id, target.name, what, before=packed(current), after=digest(wanted))
    try:
        outcome = await reshape(caller, target.id, plan, current, wanted)
    except AuxcordError as error:
        if not isinstance(error, AmbiguousWriteError):
            await journal.strike(change)
        raise
    if outcome.shown is not None and not outcome.is_done:
        await journal.amend(change, after=digest(outcome.shown))
    return outcome


def _loss(plan: Plan, name: str, entries: int, gone: int) -> str:
    """Say what the person would lose, if it is so much that they are asked; else nothing."""
    if gone > MANY:
        anew = "" if plan.anew is None else ", and write the rest anew; when each was added is lost"
        return f"take {gone:,} of {entries:,} entries out of {name}{anew}."
    if plan.anew is not None and entries > MANY:
        return f"write all {entries:,} entries of {name} anew; when each was added is lost."
    return ""


async def _entries(caller: Caller, playlist_id: str) -> list[PlaylistItem | None]:
    async def fetch(size: int, start: int) -> Page[PlaylistItem]:
        page = partial(caller.spotify.playlists.items, playlist_id, limit=size, offset=start)
        return await unhurried(caller, page, rounds=_ROUNDS)

    return (await stretch(fetch, 0, LONGEST, caller.progress)).items


def _uri(entry: PlaylistItem | None) -> str:
    return entry.item.uri if entry and entry.item else ""


def _order(
    found: Sequence[PlaylistItem | None],
    action: Action,
    by: Key | None,
    start: int | None,
    length: int,
    to: int | None,
) -> list[int]:
    """Return the places of the entries that stay, in their new order.

    Raises:
        InputError: A position is missing, or there is none such.
    """
    places = list(range(len(found)))
    if action in {"move", "swap"}:
        first, last = _position("start", start, found), _position("to", to, found)
        return _swapped(places, first, last) if action == "swap" else _moved(places, first, length, last)
    if action == "reverse":
        return places[::-1]
    if action == "shuffle":
        random.shuffle(places)
        return places
    return _first_of_each(found, _same_song if by == "title" else _uri)


def _sorted(found: Sequence[PlaylistItem | None], by: Key | None, *, descending: bool) -> list[int]:
    if by is None:
        raise InputError("`by` is missing: sort by title, artist, album, added or length.")
    return sorted(range(len(found)), key=lambda place: _KEYS[by](found[place]), reverse=descending)


def _position(name: str, value: int | None, found: Sequence[object]) -> int:
    if value is None:
        raise InputError(f"`{name}` is missing: a position in the playlist, from 1.")
    if value > len(found):
        raise InputError(f"`{name}` is {value}, but the playlist has only {len(found):,} entries.")
    return value - 1


def _swapped(places: list[int], one: int, other: int) -> list[int]:
    places[one], places[other] = places[other], places[one]
    return places


def _moved(places: list[int], start: int, length: int, to: int) -> list[int]:
    moving = places[start : start + length]
    rest = places[:start] + places[start + length :]
    return rest[:to] + moving + rest[to:]


def _first_of_each(
    found: Sequence[PlaylistItem | None], what: Callable[[PlaylistItem | None], Hashable]
) -> list[int]:
    seen: set[Hashable] = set()
    kept = []
    for place, entry in enumerate(found):
        same = what(entry)
        if not _uri(entry) or same not in seen:
            kept.append(place)
        seen.add(same)
    return kept


def _same_song(entry: PlaylistItem | None) -> Hashable:
    item = entry.item if entry else None
    if not isinstance(item, Track):
        return _uri(entry)
    return fold(item.name), tuple(sorted(fold(artist.name) for artist in item.artists))


def _others(found: Sequence[PlaylistItem | None], kept: Sequence[int]) -> str:
    left = [found[place] for place in kept]
    more = len(left) - len(_first_of_each(left, _same_song))
    if not more:
        return ""
    return f"{count(more, 'song')} more came twice, from other releases; by=title removes those too."


def _title(entry: PlaylistItem | None) -> Hashable:
    return fold(entry.item.name) if entry and entry.item else ""


def _artist(entry: PlaylistItem | None) -> str:
    item = entry.item if entry else None
    if isinstance(item, Track):
        return fold(item.artists[0].name) if item.artists else ""
    return fold(item.show.name) if item and item.show else ""


def _album(entry: PlaylistItem | None) -> tuple[str, int, int]:
    item = entry.item if entry else None
    if not isinstance(item, Track):
        return "", 0, 0
    return fold(item.album.name) if item.album else "", item.disc_number or 0, item.track_number or 0


_KEYS: Final[dict[Key, Callable[[PlaylistItem | None], Any]]] = {
    "title": _title,
    "artist": lambda entry: (_artist(entry), _album(entry)),
    "album": _album,
    "added": lambda entry: (entry.added_at or "") if entry else "",
    "length": lambda entry: (entry.item.duration_ms or 0) if entry and entry.item else 0,
}


def _said(action: Action, by: Key | None) -> str:
    done = {
        "move": "moved",
        "swap": "swapped",
        "sort": f"sorted by {by}",
        "reverse": "reversed",
        "shuffle": "shuffled",
        "remove_duplicates": "duplicates removed",
    }
    return done[action]
