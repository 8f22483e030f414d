"""The current user, other users, and what somebody listens to most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.answers import ApiError, found, not_found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.webapi.shapes.links import images
from auxcord.simulator.webapi.shapes.playlists import owner

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.people import Person

TIME_RANGES = frozenset({"short_term", "medium_term", "long_term"})


def _profile(call: Call, person: Person) -> dict[str, Any]:
    pictures = images(person.handle, (300, 64)) if person.sketch.display_name else []
    return {**owner(call.lens, person), "images": pictures}


def get_me(call: Call) -> Response:
    """GET /me."""
    me = call.me
    shown = {**_profile(call, me), "account_id": me.account_id}
    if call.reduced:
        return found(shown)
    shown["followers"] = {"href": None, "total": me.followers}
    if "user-read-email" in call.scopes:
        shown["email"] = me.email
    if "user-read-private" in call.scopes:
        shown["country"] = me.country
        shown["product"] = "premium" if me.premium else "free"
        shown["explicit_content"] = {"filter_enabled": me.filter_explicit, "filter_locked": False}
    return found(shown)


def get_user(call: Call) -> Response:
    """GET /users/{user_id}."""
    person = call.simulation.world.person_by_user_id(call.params["user_id"])
    if person is None:
        raise not_found()
    return found({**_profile(call, person), "followers": {"href": None, "total": person.followers}})


def get_top(call: Call) -> Response:
    """GET /me/top/{type}."""
    kind = call.params["type"]
    if kind not in {"artists", "tracks"}:
        raise not_found()
    span = call.query.get("time_range", "medium_term")
    if span not in TIME_RANGES:
        raise ApiError(400, "Invalid time range")
    limit, offset = call.limit(), call.offset()
    if kind == "artists":
        artists = call.me.top_artists(span)
        total, shown = len(artists), [music.artist(call.lens, a) for a in artists[offset : offset + limit]]
    else:
        tracks = call.me.top_tracks(span)
        total, shown = len(tracks), [music.track(call.lens, t) for t in tracks[offset : offset + limit]]
    return found(
        page(call.base, f"/me/top/{kind}", shown, total=total, limit=limit, offset=offset, keep=call.query)
    )


OPERATIONS = (
    Operation("GET", "/me", "get-current-users-profile", get_me, user=True),
    Operation("GET", "/users/{user_id}", "get-users-profile", get_user, group="removed-2026"),
    Operation(
        "GET", "/me/top/{type}", "get-users-top-artists-and-tracks", get_top, ("user-top-read",), user=True
    ),
)
