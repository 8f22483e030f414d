"""What the person listened to."""

# No postponed annotations: pydantic resolves them at run time.
from typing import Annotated

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.tools.inputs import Cursor, clamped
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, credit, lines, moment, row, uri

_MOST = 50


@tool(
    title="Recently played",
    needs=Permission.READ,
    scopes=["user-read-recently-played"],
    read_only=True,
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


HISTORY = Toolset("history", (get_recently_played,))
