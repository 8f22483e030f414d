"""Adding to playlists, taking out of them, and changing how they look."""

# No postponed annotations: pydantic resolves them at run time.
import base64
from collections import Counter
from html import unescape
from typing import Annotated, Final

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AmbiguousWriteError, AuxcordError, InputError
from auxcord.spotify.models import Playlist
from auxcord.tools.asking import Answer, unless_confirmed
from auxcord.tools.inputs import MANY, PLAYABLE, Confirm, Lines, named
from auxcord.tools.matching import choose
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.adding import add
from auxcord.tools.playlists.arguments import EDIT, Items, MoreItems, PlaylistName
from auxcord.tools.playlists.contents import Removal, read, size, take_out
from auxcord.tools.playlists.details import IN_DOUBT, set_details
from auxcord.tools.playlists.gathering import gathered, understood
from auxcord.tools.playlists.journal import Details, Journal, digest, packed
from auxcord.tools.toolset import tool
from auxcord.views import clean, count, lines

_COVER: Final = 260_000


@tool(title="Add to a playlist", needs=Permission.EDIT, scopes=EDIT)
async def add_to_playlist(
    caller: Caller,
    playlist: PlaylistName,
    uris: MoreItems = (),
    songs: Lines = (),
    position: Annotated[
        int | None, Field(ge=1, description="Where the first goes, from 1; else at the end")
    ] = None,
) -> str:
    """Add items to one of the person's playlists, by uris or song names, in order, and check they are in it.

    Takes thousands at once. Does not look for duplicates.
    """
    if not uris and not songs:
        raise InputError("Nothing to add: give uris or songs.")
    things = understood(uris)
    target = await ownership.editable(caller, playlist)
    given = await gathered(caller, things)
    chosen = await choose(caller, songs)
    wanted = given + chosen.uris
    before = await size(caller, target)
    at = None if position is None or position > before else position - 1
    head = f"playlist: {clean(target.name)} ({target.uri})"
    return lines(head, await add(caller, target, wanted, at, before), chosen.told)


@tool(
    title="Remove from a playlist",
    needs=Permission.EDIT,
    scopes=EDIT,
    destructive=True,
    idempotent=True,
)
async def remove_from_playlist(
    caller: Caller, playlist: PlaylistName, uris: Items, confirm: Confirm = ""
) -> Answer:
    """Take tracks or episodes out of one of the person's playlists, and check that they are gone.

    Takes out every occurrence; other entries keep their order.
    """
    wanted = list(dict.fromkeys(str(uri) for uri in named(uris, kinds=PLAYABLE)))
    target = await ownership.editable(caller, playlist)
    entries = await read(caller, target.id)
    before = Counter(entries)
    present = [uri for uri in wanted if before[uri]]
    absent = [uri for uri in wanted if not before[uri]]
    entries_gone = sum(before[uri] for uri in present)
    if entries_gone > MANY:
        would = f"take {entries_gone:,} of {len(entries):,} entries out of {clean(target.name)}."
        if (instead := await unless_confirmed(caller, would, word=confirm)) is not None:
            return instead
    removal = await _taken_out(caller, target, present, entries)
    head = f"playlist: {clean(target.name)} ({target.uri})"
    return lines(head, removal.told(), f"not in it: {' '.join(absent)}" if absent else "")


async def _taken_out(caller: Caller, target: Playlist, present: list[str], entries: list[str]) -> Removal:
    """Take out what is there, after noting down what all there was.

    Raises:
        AuxcordError: Nothing was taken out.
    """
    before = Counter(entries)
    if not present:
        return await take_out(caller, target.id, present, before)
    journal = Journal.of(caller)
    left = [uri for uri in entries if uri not in set(present)]
    what = f"{count(len(present), 'item')} removed"
    change = await journal.note(target.id, target.name, what, before=packed(entries), after=digest(left))
    removal = await take_out(caller, target.id, present, before)
    if removal.is_nothing and removal.failure is not None:
        if not isinstance(removal.failure, AmbiguousWriteError):
            await journal.strike(change)
        raise removal.failure
    return removal


@tool(title="Edit a playlist", needs=Permission.EDIT, scopes=[*EDIT, "ugc-image-upload"], idempotent=True)
async def edit_playlist(
    caller: Caller,
    playlist: PlaylistName,
    name: Annotated[str | None, Field(min_length=1, max_length=100)] = None,
    description: Annotated[str | None, Field(max_length=300)] = None,
    public: Annotated[bool | None, Field(description="Show it on the profile")] = None,
    cover: Annotated[str | None, Field(max_length=_COVER, description="A JPEG in base64")] = None,
) -> str:
    """Rename one of the person's playlists, describe it, show or hide it, or give it a cover."""
    if name is None and description is None and public is None and cover is None:
        raise InputError("Nothing to change: give name, description, public or cover.")
    jpeg = None if cover is None else _jpeg(cover)
    target = await ownership.editable(caller, playlist)
    said: list[str] = []
    if name is not None or description is not None or public is not None:
        said.append(await _details(caller, target, name, description, public))
    if jpeg is not None:
        said.append(await _cover(caller, target.id, jpeg, is_all=not said))
    return lines(f"playlist: {clean(name or target.name)} ({target.uri})", said)


async def _details(
    caller: Caller,
    playlist: Playlist,
    name: str | None,
    description: str | None,
    public: bool | None,  # noqa: FBT001
) -> str:
    """Change the details, after noting down what they were, and say what is now true."""
    was = Details(playlist.name, unescape(playlist.description or ""), playlist.public)
    journal = Journal.of(caller)
    change = await journal.note(playlist.id, playlist.name, "details changed", details=was)
    try:
        return await set_details(caller, playlist.id, name=name, description=description, public=public)
    except AuxcordError as error:
        if not isinstance(error, IN_DOUBT):
            await journal.strike(change)
        raise


async def _cover(caller: Caller, playlist_id: str, jpeg: bytes, *, is_all: bool) -> str:
    """Give it a cover; if that fails after something else was done, say so.

    Raises:
        AuxcordError: It failed, and was all there was to do.
    """
    try:
        await caller.spotify.playlists.set_cover(playlist_id, jpeg)
    except AuxcordError as error:
        if is_all:
            raise
        return f"cover: not changed. {error} {error.advice}".strip()
    return "cover: sent; Spotify shows it after a while"


def _jpeg(text: str) -> bytes:
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except ValueError:
        raise InputError(
            "`cover` is not base64.", advice="Give a JPEG of at most 190 KB in base64."
        ) from None
