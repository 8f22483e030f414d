"""What is in a playlist."""

# No postponed annotations: pydantic resolves them at run time.
from collections import Counter
from html import unescape
from typing import Annotated, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import EndpointClosedError
from auxcord.spotify.models import Episode, Page, Playlist, PlaylistItem, Track
from auxcord.tools.inputs import AsWord, Cursor, clamped
from auxcord.tools.paging import Stretch, stretch
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.arguments import READ, PlaylistName
from auxcord.tools.playlists.contents import LONGEST
from auxcord.tools.toolset import tool
from auxcord.views import clean, clock_time, count, lines, moment, numbered, owner

Form = Literal["rows", "details", "summary"]

_MOST: Final = 200
_TOP: Final = 8


@tool(title="Read a playlist", needs=Permission.READ, scopes=READ, read_only=True, shows=True)
async def get_playlist(
    caller: Caller,
    playlist: PlaylistName,
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = 100,
    cursor: Cursor = None,
    form: Annotated[
        Form, AsWord, Field(description="details: also album, length, date; summary: no rows")
    ] = "rows",
) -> str:
    """What is in a playlist, in order, with positions; or a summary of all of it.

    Spotify shows items only of playlists the person owns or collaborates on; of others, name and owner.
    """
    limit, note = clamped("limit", limit, _MOST)
    found = await ownership.found(caller, playlist)
    listing = f"get_playlist\n{found.id}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    head = "" if cursor else await _head(caller, found)
    try:
        if form == "summary":
            return lines(head, await _summary(caller, found))
        part = await _part(caller, found, offset, limit)
    except EndpointClosedError:
        return lines(head, "Spotify shows its items only to its owner and collaborators.")
    more = "" if part.is_last else f"more: cursor={caller.cursors.seal(listing, part.end)}"
    return lines(head, _rows(part, details=form == "details"), note, more)


def _rows(part: Stretch[PlaylistItem], *, details: bool) -> list[str]:
    if not part.items:
        return ["It has no more items." if part.offset else "It is empty."]
    long = clock_time(sum(entry.item.duration_ms or 0 for entry in part.items if entry and entry.item))
    about = f"items {part.offset + 1}-{part.end} of {part.total:,}, {long} long"
    return [about, *numbered(part.items, part.offset + 1, details=details)]


async def _head(caller: Caller, playlist: Playlist) -> str:
    shown = "on the owner's profile" if playlist.public else "not on the owner's profile"
    owned = "the person's own" if await ownership.is_own(caller, playlist) else f"by {owner(playlist)}"
    together = ", collaborative" if playlist.collaborative else ""
    about = clean(unescape(playlist.description or ""), 120)  # Spotify keeps descriptions as HTML
    return lines(
        f"playlist: {clean(playlist.name)} ({playlist.uri}), {owned}, {shown}{together}",
        f"description: {about}" if about else "",
    )


async def _part(caller: Caller, playlist: Playlist, offset: int, limit: int) -> Stretch[PlaylistItem]:
    """Take the entries from the playlist's own first page when they are all there; else read them."""
    first = playlist.items
    if first is not None and first.total is not None and not offset:
        wanted = min(limit, first.total)
        if len(first.items) >= wanted:
            return Stretch(list(first.items[:wanted]), 0, first.total)

    async def fetch(size: int, start: int) -> Page[PlaylistItem]:
        return await caller.spotify.playlists.items(playlist.id, limit=size, offset=start)

    return await stretch(fetch, offset, limit, caller.progress)


async def _summary(caller: Caller, playlist: Playlist) -> list[str]:
    """Say in a few lines what the whole playlist is like."""
    part = await _part(caller, playlist, 0, LONGEST)
    items = [entry.item for entry in part.items if entry is not None and entry.item is not None]
    if not items:
        return ["It is empty."]
    long = clock_time(sum(item.duration_ms or 0 for item in items))
    makers = Counter(_maker(item) for item in items)
    years = Counter(f"{year[:3]}0s" for item in items if (year := _year(item)))
    again = len(items) - len({item.uri for item in items})
    unplayable = sum(item.is_playable is False for item in items)
    dates = sorted(entry.added_at for entry in part.items if entry is not None and entry.added_at)
    return [
        f"{count(part.total, 'item')}, {long} long, by {count(len(makers), 'artist')}",
        f"most of: {_ranking(makers)}",
        f"from: {_ranking(years)}" if years else "",
        f"added: {moment(dates[0], 10)} to {moment(dates[-1], 10)}" if dates else "",
        f"{count(again, 'item')} more than once" if again else "",
        f"{count(unplayable, 'item')} cannot be played here" if unplayable else "",
    ]


def _maker(item: Track | Episode) -> str:
    if isinstance(item, Track):
        return clean(item.artists[0].name, 40) if item.artists else ""
    return clean(item.show.name, 40) if item.show else ""


def _year(item: Track | Episode) -> str:
    released = item.album.release_date if isinstance(item, Track) and item.album else None
    return (released or "")[:4]


def _ranking(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common(_TOP) if name)
