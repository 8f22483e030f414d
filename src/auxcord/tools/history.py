"""What the person listened to."""

# No postponed annotations: pydantic resolves them at run time.
from typing import Annotated, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.spotify.history import TimeRange
from auxcord.tools.inputs import AsKinds, AsWord, Cursor, clamped
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, credit, lines, moment, row, table, uri

TopKind = Literal["tracks", "artists"]
Period = Literal["4 weeks", "6 months", "year"]

_MOST = 50
_RANGES: Final[dict[str, TimeRange]] = {
    "4 weeks": "short_term",
    "6 months": "medium_term",
    "year": "long_term",
}


@tool(
    title="Recently played",
    needs=Permission.READ,
    scopes=["user-read-recently-played"],
    read_only=True,
    shows=True,
)
async def get_recently_played(
    caller: Caller,
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = 20,
    cursor: Cursor = None,
) -> str:
    """Tracks the person played last, newest first, with the time (UTC).

    Spotify remembers about 50 plays, and no podcasts.
    """
    limit, note = clamped("limit", limit, _MOST)
    before = caller.cursors.open_("get_recently_played", cursor) if cursor else None
    page = await caller.spotify.history.recently_played(limit=limit, before=before)
    plays = page.present
    if not plays:
        return lines("Nothing more is remembered." if cursor else "Nothing was played recently.", note)
    rows = [
        row(moment(play.played_at), clean(play.track.name), credit(play.track.artists), uri(play.track))
        for play in plays
    ]
    earlier = page.cursors.before if page.cursors and page.next else None
    more = f"more: cursor={caller.cursors.seal('get_recently_played', earlier)}" if earlier else ""
    return lines("tracks: played at (UTC)|title|artists|uri", rows, note, more)


@tool(title="Most played", needs=Permission.READ, scopes=["user-top-read"], read_only=True, shows=True)
async def get_top_items(
    caller: Caller,
    kind: Annotated[TopKind, AsKinds] = "tracks",
    period: Annotated[Period, AsWord] = "6 months",
    limit: Annotated[int, Field(json_schema_extra={"maximum": _MOST})] = 20,
    cursor: Cursor = None,
) -> str:
    """The person's most played tracks or artists, the most played first."""
    limit, note = clamped("limit", limit, _MOST)
    listing = f"get_top_items\n{kind}\n{period}"
    offset = int(caller.cursors.open_(listing, cursor)) if cursor else 0
    page = await caller.spotify.history.top(kind, _RANGES[period], limit=limit, offset=offset)
    end = offset + len(page.items)
    if not page.present:
        return lines(
            "There are no more." if offset else f"Spotify knows no top {kind} for this time yet.", note
        )
    more = f"more: cursor={caller.cursors.seal(listing, end)}" if end < page.total else ""
    return lines(table(page.items, f" {offset + 1}-{end} of {page.total:,}, {period}"), note, more)


HISTORY = Toolset("history", (get_recently_played, get_top_items))
