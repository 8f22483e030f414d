"""Adding to playlists, taking out of them, and changing how they look."""

# No postponed annotations: pydantic resolves them at run time.
import base64
from collections import Counter
from html import unescape
from typing import Annotated, Final

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import InputError
from auxcord.spotify.models import Playlist
from auxcord.tools.asking import Answer, unless_confirmed
from auxcord.tools.inputs import MANY, PLAYABLE, Confirm, Lines, named
from auxcord.tools.matching import choose
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.adding import add
from auxcord.tools.playlists.arguments import EDIT, Items, MoreItems, PlaylistName
from auxcord.tools.playlists.contents import read, size, take_out
from auxcord.tools.playlists.gathering import gathered, understood
from auxcord.tools.playlists.journal import Details, Journal, digest, packed
from auxcord.tools.toolset import tool
from auxcord.views import clean, count, lines

_COVER: Final = 260_000
_WAITS: Final = (0.3, 0.8, 1.5)
"""Seconds between looks at a playlist's details; a change shows after a second or so."""


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
    if present:
        left = [uri for uri in entries if uri not in set(present)]
        what = f"{count(len(present), 'item')} removed"
        await Journal.of(caller).note(
            target.id, target.name, what, before=packed(entries), after=digest(left)
        )
    removal = await take_out(caller, target.id, present, before)
    if removal.is_nothing and removal.failure is not None:
        raise removal.failure
    head = f"playlist: {clean(target.name)} ({target.uri})"
    return lines(head, removal.told(), f"not in it: {' '.join(absent)}" if absent else "")


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
        await caller.spotify.playlists.set_cover(target.id, jpeg)
        said.append("cover: sent; Spotify shows it after a while")
    return lines(f"playlist: {clean(name or target.name)} ({target.uri})", said)


async def _details(
    caller: Caller,
    playlist: Playlist,
    name: str | None,
    description: str | None,
    public: bool | None,  # noqa: FBT001
) -> str:
    """Change the details and look whether they are so; Spotify may keep a playlist public all the same."""
    was = Details(playlist.name, unescape(playlist.description or ""), playlist.public)
    await Journal.of(caller).note(playlist.id, playlist.name, "details changed", details=was)
    await caller.spotify.playlists.change_details(
        playlist.id, name=name, description=description, public=public
    )
    for wait in _WAITS:
        await caller.sleep(wait)
        now = await caller.spotify.playlists.get(playlist.id)
        wrong = _differing(now, name, description, public)
        if not wrong:
            return "verified: the details are as asked."
    return f"unconfirmed: Spotify accepted the change, but still shows another {' and '.join(wrong)}."


def _differing(now: Playlist, name: str | None, description: str | None, public: bool | None) -> list[str]:  # noqa: FBT001
    return [
        what
        for what, wanted, shown in (
            ("name", name, now.name),
            ("description", description, unescape(now.description or "")),
            ("visibility", public, now.public),
        )
        if wanted is not None and wanted != shown
    ]


def _jpeg(text: str) -> bytes:
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except ValueError:
        raise InputError(
            "`cover` is not base64.", advice="Give a JPEG of at most 190 KB in base64."
        ) from None
