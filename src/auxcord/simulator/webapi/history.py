"""What somebody played last, and whom they follow: the two lists with cursors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.simulator.webapi.answers import ApiError, found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import cursor_page, link
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.webapi.shapes.playback import play

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call

_FAR = 10**15


def get_recently_played(call: Call) -> Response:
    """GET /me/player/recently-played: the newest fifty plays, by time."""
    if "after" in call.query and "before" in call.query:
        raise ApiError(400, "Only one of after and before may be specified")
    limit = call.limit()
    call.me.player.current(call.now)
    plays = [(int(entry.at * 1000), entry) for entry in call.me.player.plays]
    plays.sort(key=lambda pair: -pair[0])
    if "after" in call.query:
        after = call.number("after", 0, 0, _FAR)
        chosen = [pair for pair in plays if pair[0] > after][-limit:]
    else:
        before = call.number("before", _FAR, 0, _FAR)
        chosen = [pair for pair in plays if pair[0] < before][:limit]
    path = "/me/player/recently-played"
    cursors = {"after": str(chosen[0][0]), "before": str(chosen[-1][0])} if chosen else None
    next_ = (
        link(call.base, path, {"before": chosen[-1][0], "limit": limit})
        if chosen and plays[-1][0] < chosen[-1][0]
        else None
    )
    shown = [play(call.lens, entry) for _, entry in chosen]
    return found(
        cursor_page(link(call.base, path, call.query), shown, limit=limit, next_=next_, cursors=cursors)
    )


def get_followed(call: Call) -> Response:
    """GET /me/following: artists, after the last id seen."""
    if call.need("type") != "artist":
        raise ApiError(400, "Invalid type")
    limit = call.limit()
    ids = list(call.me.followed_artists)
    place = 0
    if "after" in call.query:
        after = call.query["after"]
        if after not in call.me.followed_artists:
            raise ApiError(400, "Invalid after")
        place = ids.index(after) + 1
    chosen = ids[place : place + limit]
    more = place + limit < len(ids)
    last = chosen[-1] if chosen and more else None
    base = link(call.base, "/me/following", call.query)
    next_ = (
        link(call.base, "/me/following", {"type": "artist", "after": last, "limit": limit}) if last else None
    )
    shown = [music.artist(call.lens, call.catalogue.artists[key]) for key in chosen]
    page = cursor_page(base, shown, limit=limit, next_=next_, cursors={"after": last})
    return found({"artists": {**page, "total": len(ids)}})


OPERATIONS = (
    Operation("GET", "/me/player/recently-played", "get-recently-played", get_recently_played,
              ("user-read-recently-played",), user=True),
    Operation("GET", "/me/following", "get-followed", get_followed, ("user-follow-read",), user=True),
)  # fmt: skip
