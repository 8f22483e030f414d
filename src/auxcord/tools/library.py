"""What the person saved, follows and made."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.spotify.models import Page
from auxcord.tools.inputs import AsKinds, Cursor, clamped
from auxcord.tools.paging import PAGE, Stretch, stretch
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import lines, table

LibraryKind = Literal["tracks", "albums", "playlists", "artists", "shows", "episodes", "audiobooks"]

_MOST: Final = 200


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
    part = await stretch(_lister(caller, kind), offset, limit)
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


LIBRARY = Toolset("library", (list_library,))
