"""Finding things in Spotify's catalogue and looking them up."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AuxcordError, InputError, NotFoundError
from auxcord.spotify.models import Page, SearchResults
from auxcord.spotify.uris import Kind, SpotifyUri, parse
from auxcord.tools.inputs import AsKind, AsList, Cursor, Lines, Text, clamped, named
from auxcord.tools.matching import match_lines, rows, summary
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, count, lines, table, tables

SearchType = Literal["track", "album", "artist", "playlist", "show", "episode", "audiobook"]

_MOST: Final = 50
_DEEPEST: Final = 1_000
"""Spotify shows only so many results of a search."""


@tool(title="Search Spotify", needs=Permission.READ, scopes=["user-read-private"], read_only=True, shows=True)
async def search(
    caller: Caller,
    query: Annotated[
        Text, Field(description="Words; filters artist: album: track: year:1990-99 genre: isrc:")
    ],
    types: Annotated[tuple[Annotated[SearchType, AsKind], ...], AsList, Field(min_length=1, max_length=7)] = (
        "track",
    ),
    limit: Annotated[int, Field(description="Per type", json_schema_extra={"maximum": _MOST})] = 10,
    cursor: Cursor = None,
) -> str:
    """Find tracks, albums, artists, playlists, podcasts or audiobooks by words.

    Use it to turn names into URIs; ask for several types at once if unsure what is meant.
    """
    limit, note = clamped("limit", limit, _MOST)
    kinds = list(dict.fromkeys(types))
    listing = f"search\n{','.join(kinds)}\n{query}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    found = await caller.spotify.catalog.search(query, kinds, limit=limit, offset=offset)
    pages = {kind: page for kind in kinds if (page := _page(found, kind)).present}
    if not pages:
        return lines(_nothing(query, kinds, offset), note)
    end = offset + limit
    goes_on = end < _DEEPEST and any(page.total > end for page in pages.values())
    none = ", ".join(f"{kind}s" for kind in kinds if kind not in pages)
    return lines(
        *(table(page.items, _stretch(page, offset)) for page in pages.values()),
        f"no {'more ' if offset else ''}{none}" if none else "",
        note,
        f"more: cursor={caller.cursors.seal(listing, end)}" if goes_on else "",
    )


def _page(found: SearchResults, kind: SearchType) -> Page[Any]:
    page: Page[Any] | None = getattr(found, f"{kind}s")
    return page or Page(items=[], total=0)


def _stretch(page: Page[Any], offset: int) -> str:
    return f" {offset + 1}-{offset + len(page.items)} of {page.total:,}"


def _nothing(query: str, kinds: Sequence[SearchType], offset: int) -> str:
    if offset:
        return "Nothing more was found."
    return f"Nothing was found for {clean(query)!r} ({', '.join(kinds)}). Try fewer words, or other types."


@tool(
    title="Look up items",
    needs=Permission.READ,
    scopes=["user-read-playback-position"],
    read_only=True,
    shows=True,
)
async def get_items(
    caller: Caller,
    uris: Annotated[
        list[str],
        AsList,
        Field(
            min_length=1,
            max_length=_MOST,
            description="URIs or links of any kind, mixed; a bare id is a track",
        ),
    ],
) -> str:
    """Details of up to 50 things at once, by URI.

    Tracks, albums, artists, playlists, shows, episodes, audiobooks, chapters, mixed; says which do not exist.
    """
    asked: dict[str, SpotifyUri] = {}
    problems: list[str] = []
    for text in dict.fromkeys(uris):
        try:
            uri = parse(text, Kind.TRACK)
        except InputError as error:
            problems.append(f"not usable: {error}")
        else:
            asked.setdefault(str(uri), uri)
    if not asked:
        raise InputError(f"Nothing to look up. {problems[0]}")
    found: list[Any] = []
    failures: list[AuxcordError] = []
    for name, result in zip(asked, await caller.spotify.catalog.each([*asked.values()]), strict=True):
        if isinstance(result, AuxcordError):
            failures.append(result)
            problems.append(_failure(name, result))
        else:
            found.append(result)
            problems += [f"note: {name} is now {result.uri}"] if result.uri != name else []
    if not found and failures and not any(isinstance(error, NotFoundError) for error in failures):
        raise failures[0]
    return lines(tables(found), problems)


def _failure(uri: str, error: AuxcordError) -> str:
    return f"not found: {uri}" if isinstance(error, NotFoundError) else f"not read: {uri} ({error})"


# --- What something contains --------------------------------------------------------------------------------


@tool(
    title="Open an item",
    needs=Permission.READ,
    scopes=["user-read-playback-position"],
    read_only=True,
    shows=True,
)
async def open_item(
    caller: Caller,
    uri: Annotated[Text, Field(description="URI or link: album, artist, show or audiobook")],
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = _MOST,
    cursor: Cursor = None,
) -> str:
    """One thing and its contents: an album's tracks, artist's albums, show's episodes, audiobook's chapters.

    For playlists use get_playlist; for details of many things get_items.
    """
    limit, note = clamped("limit", limit, _MOST)
    thing = named([uri], argument="uri", kinds=tuple(_CONTENTS), default=Kind.ALBUM)[0]
    listing = f"open_item\n{thing}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    head = [] if cursor else table([await caller.spotify.catalog.item(thing)])
    page = await _CONTENTS[thing.type](caller, thing.id, limit, offset)
    end = offset + len(page.items)
    more = f"more: cursor={caller.cursors.seal(listing, end)}" if page.items and end < page.total else ""
    nothing = "" if page.present else "It has no more." if offset else "It has nothing in it."
    return lines(head, table(page.items, _stretch(page, offset)), nothing, note, more)


async def _album_tracks(caller: Caller, album_id: str, limit: int, offset: int) -> Page[Any]:
    return await caller.spotify.catalog.album_tracks(album_id, limit=limit, offset=offset)


async def _artist_albums(caller: Caller, artist_id: str, limit: int, offset: int) -> Page[Any]:
    return await caller.spotify.catalog.artist_albums(artist_id, limit=limit, offset=offset)


async def _show_episodes(caller: Caller, show_id: str, limit: int, offset: int) -> Page[Any]:
    return await caller.spotify.catalog.show_episodes(show_id, limit=limit, offset=offset)


async def _chapters(caller: Caller, audiobook_id: str, limit: int, offset: int) -> Page[Any]:
    return await caller.spotify.catalog.audiobook_chapters(audiobook_id, limit=limit, offset=offset)


_CONTENTS: Final = {
    Kind.ALBUM: _album_tracks,
    Kind.ARTIST: _artist_albums,
    Kind.SHOW: _show_episodes,
    Kind.AUDIOBOOK: _chapters,
}


# --- From names to tracks -----------------------------------------------------------------------------------


@tool(title="Match song names", needs=Permission.READ, scopes=["user-read-private"], read_only=True)
async def match_tracks(caller: Caller, songs: Annotated[Lines, Field(min_length=1)]) -> str:
    """Find the tracks that up to 100 song names mean, each with how sure that is and what else it may be.

    Use it to check a list first; create_playlist and add_to_playlist take such names themselves.
    """
    matches = await match_lines(caller, songs)
    failure = next((match.failure for match in matches if match.failure is not None), None)
    if failure is not None and all(match.failure is not None for match in matches):
        raise failure
    return lines(f"{summary(matches)} of {count(len(matches), 'line')}", rows(matches))


CATALOG = Toolset("catalog", (search, get_items, open_item, match_tracks))
