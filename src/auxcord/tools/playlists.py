"""The person's playlists: what is in them, and changing them."""

# No postponed annotations: pydantic resolves them at run time.
from collections import Counter
from html import unescape
from typing import Annotated, Final

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AmbiguousWriteError, AuxcordError, EndpointClosedError, InputError
from auxcord.spotify.models import Page, Playlist, PlaylistItem
from auxcord.tools import ownership
from auxcord.tools.contents import LONGEST, fill, read, size, take_out
from auxcord.tools.inputs import PLAYABLE, AsList, Cursor, Text, clamped, named
from auxcord.tools.paging import PAGE, Stretch, stretch
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, clock_time, lines, numbered, owner

_READ: Final = ("playlist-read-private", "playlist-read-collaborative")
_EDIT: Final = (*_READ, "playlist-modify-private", "playlist-modify-public")
_MOST: Final = 200

PlaylistName = Annotated[Text, Field(description="URI, link, id, or name of an own playlist")]
Items = Annotated[
    list[str], AsList, Field(min_length=1, max_length=LONGEST, description="Tracks or episodes")
]


@tool(title="Read a playlist", needs=Permission.READ, scopes=_READ, read_only=True)
async def get_playlist(
    caller: Caller,
    playlist: PlaylistName,
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = 100,
    cursor: Cursor = None,
    details: Annotated[bool, Field(description="Also album, length, date added")] = False,  # noqa: FBT002
) -> str:
    """What is in a playlist, in order, with positions.

    Spotify shows items only of playlists the person owns or collaborates on; of others, name and owner.
    """
    limit, note = clamped("limit", limit, _MOST)
    found = await ownership.found(caller, playlist)
    listing = f"get_playlist\n{found.id}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    head = "" if cursor else await _head(caller, found)
    try:
        part = await _part(caller, found, offset, limit)
    except EndpointClosedError:
        return lines(head, "Spotify shows its items only to its owner and collaborators.")
    more = "" if part.is_last else f"more: cursor={caller.cursors.seal(listing, part.end)}"
    return lines(head, _rows(part, details=details), note, more)


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

    return await stretch(fetch, offset, limit)


# --- Changing -----------------------------------------------------------------------------------------------


@tool(title="Create a playlist", needs=Permission.EDIT, scopes=_EDIT)
async def create_playlist(
    caller: Caller,
    name: Annotated[str, Field(min_length=1, max_length=100)],
    uris: Annotated[
        tuple[str, ...],
        AsList,
        Field(max_length=LONGEST, description="Tracks or episodes", json_schema_extra={"maxItems": LONGEST}),
    ] = (),
    description: Annotated[str, Field(max_length=300)] = "",
    public: Annotated[bool, Field(description="Show it on the profile")] = False,  # noqa: FBT002  named by JSON
) -> str:
    """Make a new playlist, filled with up to 10,000 items at once, and check that they are in it.

    Call it once per playlist: a second call makes a second one.
    """
    wanted = [str(uri) for uri in named(uris, kinds=PLAYABLE)]
    try:
        made = await caller.spotify.playlists.create(name, public=public, description=description)
    except AmbiguousWriteError as error:
        raise await _maybe_made(caller, name, error) from None
    shown = "shown on the profile" if made.public else "not shown on the profile"
    head = f"created: {clean(made.name)} ({made.uri}), {shown}"
    if not wanted:
        return head
    return lines(head, (await fill(caller, made.id, wanted, None, 0)).told())


async def _maybe_made(caller: Caller, name: str, error: AmbiguousWriteError) -> AmbiguousWriteError:
    """Look whether an empty playlist of that name is there, after the answer to creating one was lost."""
    await caller.sleep(1.0)
    try:
        page = await caller.spotify.playlists.mine(limit=PAGE, offset=0)
    except AuxcordError:
        return AmbiguousWriteError(
            str(error), advice="Look with list_library, kind playlists, before trying again."
        )
    empty = [entry.uri for entry in page.present if entry.name == name and not entry.total]
    if empty:
        return AmbiguousWriteError(
            f"{error} An empty playlist of that name is there: {' '.join(empty)}",
            advice="If it is new, fill it with add_to_playlist instead of creating another.",
        )
    advice = "No empty playlist of that name is there yet; look with list_library before trying again."
    return AmbiguousWriteError(str(error), advice=advice)


@tool(title="Add to a playlist", needs=Permission.EDIT, scopes=_EDIT)
async def add_to_playlist(
    caller: Caller,
    playlist: PlaylistName,
    uris: Items,
    position: Annotated[
        int | None, Field(ge=1, description="Where the first goes, from 1; else at the end")
    ] = None,
) -> str:
    """Add tracks or episodes to one of the person's playlists, in order, and check that they are in it.

    Takes thousands at once. Does not look for duplicates.
    """
    wanted = [str(uri) for uri in named(uris, kinds=PLAYABLE)]
    target = await ownership.editable(caller, playlist)
    before = await size(caller, target)
    if before + len(wanted) > LONGEST:
        raise InputError(f"A playlist holds {LONGEST:,} items; this one has {before:,} already.")
    at = None if position is None or position > before else position - 1
    filling = await fill(caller, target.id, wanted, at, before)
    if filling.is_nothing and filling.failure is not None:
        raise filling.failure
    return lines(f"playlist: {clean(target.name)} ({target.uri})", filling.told())


@tool(
    title="Remove from a playlist",
    needs=Permission.EDIT,
    scopes=_EDIT,
    destructive=True,
    idempotent=True,
)
async def remove_from_playlist(caller: Caller, playlist: PlaylistName, uris: Items) -> str:
    """Take tracks or episodes out of one of the person's playlists, and check that they are gone.

    Takes out every occurrence; other entries keep their order.
    """
    wanted = list(dict.fromkeys(str(uri) for uri in named(uris, kinds=PLAYABLE)))
    target = await ownership.editable(caller, playlist)
    before = Counter(await read(caller, target.id))
    present = [uri for uri in wanted if before[uri]]
    absent = [uri for uri in wanted if not before[uri]]
    removal = await take_out(caller, target.id, present, before)
    if removal.is_nothing and removal.failure is not None:
        raise removal.failure
    head = f"playlist: {clean(target.name)} ({target.uri})"
    return lines(head, removal.told(), f"not in it: {' '.join(absent)}" if absent else "")


PLAYLISTS = Toolset("playlists", (get_playlist, create_playlist, add_to_playlist, remove_from_playlist))
