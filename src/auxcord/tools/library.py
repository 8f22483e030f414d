"""What the person saved, follows and made."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AuxcordError
from auxcord.spotify.models import Page
from auxcord.spotify.uris import Kind
from auxcord.tools.asking import Answer, unless_confirmed
from auxcord.tools.inputs import MANY, AsKinds, Confirm, Cursor, Uris, clamped, named
from auxcord.tools.paging import PAGE, Stretch, stretch, unhurried
from auxcord.tools.shelves import names_of
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import count, lines, table

LibraryKind = Literal["tracks", "albums", "playlists", "artists", "shows", "episodes", "audiobooks"]

_MOST: Final = 200
_CHUNK: Final = 40
_LOOK: Final = 8 * _CHUNK
"""Things that are looked for side by side."""
_WAITS: Final = (0.0, 0.5, 1.0)
"""Seconds between looks at the library; a change shows at once, or within a second."""
_KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.CHAPTER)
_CHECK: Final = ("user-library-read", "user-follow-read", "playlist-read-private")
_SAVE: Final = (*_CHECK, "user-library-modify", "user-follow-modify", "playlist-modify-public")

Savable = Annotated[Uris, Field(description="URIs or links of any kind")]


@tool(
    title="List the library",
    needs=Permission.READ,
    scopes=[
        "user-library-read",
        "user-follow-read",
        "user-read-playback-position",
        "playlist-read-private",
        "playlist-read-collaborative",
    ],
    read_only=True,
    shows=True,
)
async def list_library(
    caller: Caller,
    kind: Annotated[LibraryKind, AsKinds],
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = 50,
    cursor: Cursor = None,
) -> str:
    """What the person saved, made or follows, newest first.

    Playlists include other people's that they follow; for what is inside one use get_playlist.
    """
    if kind == "artists":
        return await _artists(caller, limit, cursor)
    limit, note = clamped("limit", limit, _MOST)
    listing = f"list_library\n{kind}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    part = await stretch(_lister(caller, kind), offset, limit, caller.progress)
    rows = table((_saved(item, kind) for item in part.items), _about(part))
    more = "" if part.is_last else f"more: cursor={caller.cursors.seal(listing, part.end)}"
    return lines(rows or _nothing(kind, offset), note, more)


def _lister(caller: Caller, kind: LibraryKind) -> Callable[[int, int], Awaitable[Page[Any]]]:
    lister = caller.spotify.playlists.mine if kind == "playlists" else getattr(caller.spotify.library, kind)

    async def fetch(limit: int, offset: int) -> Page[Any]:
        page: Page[Any] = await lister(limit=limit, offset=offset)
        return page

    return fetch


def _saved(entry: Any, kind: LibraryKind) -> Any:
    """The thing itself; saved things come wrapped in when they were saved."""
    return entry if entry is None or kind == "playlists" else getattr(entry, kind.removesuffix("s"))


def _about(part: Stretch[Any]) -> str:
    hidden = part.items.count(None)
    return f" {part.offset + 1}-{part.end} of {part.total:,}" + (
        f", {hidden} of them hidden" if hidden else ""
    )


def _nothing(kind: LibraryKind, offset: int) -> str:
    return f"There are no more {kind}." if offset else f"The library holds no {kind}."


async def _artists(caller: Caller, limit: int, cursor: str | None) -> str:
    """Followed artists are listed by the last artist seen, not by position, so one page at a time."""
    limit, note = clamped("limit", limit, PAGE)
    listing = "list_library\nartists"
    after = str(caller.cursors.open_(listing, cursor)) if cursor else None
    page = await caller.spotify.library.artists(limit=limit, after=after)
    of = f" of {page.total:,}" if page.total is not None else ""
    rows = table(page.items, f", {len(page.present)}{of}")
    last = page.cursors.after if page.cursors else None
    more = f"more: cursor={caller.cursors.seal(listing, last)}" if last else ""
    return lines(rows or _nothing("artists", 1 if after else 0), note, more)


# --- Saving, removing, checking -----------------------------------------------------------------------------


@tool(title="Save to the library", needs=Permission.EDIT, scopes=_SAVE, idempotent=True)
async def save_to_library(caller: Caller, uris: Savable) -> str:
    """Save tracks, albums, shows, episodes, audiobooks; follow artists, playlists; mixed, thousands at once.

    Checks that they are saved.
    """
    return await _changed(caller, uris, saved=True)


@tool(title="Remove from the library", needs=Permission.EDIT, scopes=_SAVE, destructive=True, idempotent=True)
async def remove_from_library(caller: Caller, uris: Savable, confirm: Confirm = "") -> Answer:
    """Take things out of the library, or unfollow artists or playlists, and check that they are gone.

    An own playlist that is removed is deleted; Spotify keeps it for 90 days at spotify.com/account.
    """
    wanted = _savable(uris)
    playlists = [uri for uri in wanted if uri.startswith("spotify:playlist:")]
    if playlists or len(wanted) > MANY:
        also = ""
        if playlists:
            names = await names_of(caller, playlists)
            also = f", among them {count(len(playlists), 'playlist')} (own ones are deleted): {names}"
        would = f"take {count(len(wanted), 'thing')} out of the library{also}."
        if (instead := await unless_confirmed(caller, would, word=confirm)) is not None:
            return instead
    return await _changed(caller, uris, saved=False)


@tool(title="Check the library", needs=Permission.READ, scopes=_CHECK, read_only=True)
async def check_library(caller: Caller, uris: Savable) -> str:
    """Which of these things the person has saved or follows; any kinds, mixed."""
    wanted = _savable(uris)
    shown = await _contains(caller, wanted)
    here = [uri for uri, is_saved in zip(wanted, shown, strict=True) if is_saved]
    absent = [uri for uri, is_saved in zip(wanted, shown, strict=True) if not is_saved]
    return lines(
        f"saved or followed: {len(here)} of {count(len(wanted), 'thing')}",
        f"yes: {' '.join(here)}" if here else "",
        f"no: {' '.join(absent)}" if absent else "",
    )


def _savable(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(str(uri) for uri in named(texts, kinds=_KINDS)))


async def _contains(caller: Caller, uris: Sequence[str]) -> list[bool]:
    shown: list[bool] = []
    for start in range(0, len(uris), _LOOK):
        look = partial(caller.spotify.library.contains, uris[start : start + _LOOK])
        shown += await unhurried(caller, look, rounds=2 if len(uris) > _CHUNK else 0)
        if len(uris) > _LOOK:
            await caller.progress(len(shown), len(uris))
    return shown


async def _changed(caller: Caller, texts: Sequence[str], *, saved: bool) -> str:
    """Change in chunks what is not so already, then look whether it is so now."""
    wanted = _savable(texts)
    change = caller.spotify.library.save if saved else caller.spotify.library.remove
    before = await _contains(caller, wanted)
    todo = [uri for uri, is_saved in zip(wanted, before, strict=True) if is_saved is not saved]
    failure: AuxcordError | None = None
    for start in range(0, len(todo), _CHUNK):
        part = todo[start : start + _CHUNK]
        try:
            await unhurried(caller, partial(change, part), rounds=2 if len(todo) > _CHUNK else 0)
        except AuxcordError as error:
            failure = error
            break
        await caller.progress(start + len(part), len(todo))
    return await _outcome(caller, wanted, todo, failure, saved=saved)


async def _outcome(
    caller: Caller, wanted: Sequence[str], todo: Sequence[str], failure: AuxcordError | None, *, saved: bool
) -> str:
    word, opposite = ("saved", "not saved") if saved else ("removed", "still there")
    already = len(wanted) - len(todo)
    note = (
        f"{count(already, 'thing')} {'were saved already' if saved else 'were not there'}" if already else ""
    )
    if not todo:
        return f"Nothing to do: {note}."
    left = await _left(caller, todo, saved=saved)
    if left is None:
        why = f"{failure} {failure.advice}" if failure else "Look with check_library."
        return lines(f"unconfirmed: the library could not be read back. {why}", note)
    if not left:
        return lines(f"verified: {count(len(todo), 'thing')} {word}.", note)
    if failure is not None and len(left) == len(todo):
        raise failure
    return lines(
        f"partial: {len(todo) - len(left)} of {count(len(todo), 'thing')} {word}.",
        f"{failure} {failure.advice}" if failure else "",
        f"{opposite}: {' '.join(left)}",
        note,
    )


async def _left(caller: Caller, todo: Sequence[str], *, saved: bool) -> list[str] | None:
    """Look until all is as it was to be; what is not, or None if it cannot be told."""
    left = list(todo)
    for wait in _WAITS:
        if wait:
            await caller.sleep(wait)
        try:
            shown = await _contains(caller, left)
        except AuxcordError:
            return None
        left = [uri for uri, is_saved in zip(left, shown, strict=True) if is_saved is not saved]
        if not left:
            break
    return left


LIBRARY = Toolset("library", (list_library, save_to_library, remove_from_library, check_library))
