"""Browsing: categories, featured playlists, new releases, markets, genres."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.answers import ApiError, found, not_found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.webapi.shapes.links import images
from auxcord.simulator.webapi.shapes.playlists import playlist_ref
from auxcord.simulator.world.catalogue import MARKETS
from auxcord.simulator.world.names import GENRES

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.playlists import Playlist

CATEGORIES = {
    "dinner": "Dinner",
    "focus": "Focus",
    "0JQ5DAqbMKFEC4WFtoNRpw": "Harbour sounds",
    "party": "Party",
    "sleep": "Sleep",
    "workout": "Workout",
}
_LOCALE = re.compile(r"[a-z]{2}(?:_[A-Z]{2})?")
_NEWEST = 100


def _locale(call: Call) -> None:
    if "locale" in call.query and not _LOCALE.fullmatch(call.query["locale"]):
        raise ApiError(400, "Invalid locale")


def _category(call: Call, key: str) -> dict[str, Any]:
    href = f"{call.base}/browse/categories/{key}"
    return {"href": href, "icons": images(key, (274,)), "id": key, "name": CATEGORIES[key]}


def get_categories(call: Call) -> Response:
    """GET /browse/categories."""
    _locale(call)
    limit, offset = call.limit(), call.offset()
    keys = list(CATEGORIES)
    shown = [_category(call, key) for key in keys[offset : offset + limit]]
    path = "/browse/categories"
    pages = page(call.base, path, shown, total=len(keys), limit=limit, offset=offset, keep=call.query)
    return found({"categories": pages})


def get_category(call: Call) -> Response:
    """GET /browse/categories/{category_id}."""
    _locale(call)
    key = call.params["category_id"]
    if key not in CATEGORIES:
        raise not_found()
    return found(_category(call, key))


def get_category_playlists(call: Call) -> Response:
    """GET /browse/categories/{category_id}/playlists."""
    key = call.params["category_id"]
    if key not in CATEGORIES:
        raise not_found()
    return _editorial(call, f"/browse/categories/{key}/playlists", CATEGORIES[key])


def get_featured(call: Call) -> Response:
    """GET /browse/featured-playlists."""
    _locale(call)
    return _editorial(call, "/browse/featured-playlists", "Popular Playlists")


def _editorial(call: Call, path: str, message: str) -> Response:
    limit, offset = call.limit(), call.offset()
    made: list[Playlist] = [p for p in call.simulation.world.playlists.values() if p.by_spotify]
    shown = [playlist_ref(call, playlist) for playlist in made[offset : offset + limit]]
    pages = page(call.base, path, shown, total=len(made), limit=limit, offset=offset, keep=call.query)
    return found({"message": message, "playlists": pages})


def get_new_releases(call: Call) -> Response:
    """GET /browse/new-releases: the hundred newest albums."""
    limit, offset = call.limit(), call.offset()
    albums = sorted(
        call.catalogue.albums.values(), key=lambda album: (album.sort_date, album.id), reverse=True
    )
    newest = albums[:_NEWEST]
    shown = [music.album_ref(call.lens, album) for album in newest[offset : offset + limit]]
    path = "/browse/new-releases"
    pages = page(call.base, path, shown, total=len(newest), limit=limit, offset=offset, keep=call.query)
    return found({"albums": pages})


def get_markets(_call: Call) -> Response:
    """GET /markets."""
    return found({"markets": sorted(MARKETS)})


def get_genres(_call: Call) -> Response:
    """GET /recommendations/available-genre-seeds."""
    return found({"genres": sorted(genre.replace(" ", "-") for genre in GENRES)})


OPERATIONS = (
    Operation("GET", "/browse/categories", "get-categories", get_categories, group="removed-2026"),
    Operation("GET", "/browse/categories/{category_id}", "get-a-category", get_category,
              group="removed-2026"),
    Operation("GET", "/browse/categories/{category_id}/playlists", "get-a-categories-playlists",
              get_category_playlists, group="closed-2024"),
    Operation("GET", "/browse/featured-playlists", "get-featured-playlists", get_featured,
              group="closed-2024"),
    Operation("GET", "/browse/new-releases", "get-new-releases", get_new_releases, group="removed-2026"),
    Operation("GET", "/markets", "get-available-markets", get_markets, group="removed-2026"),
    Operation("GET", "/recommendations/available-genre-seeds", "get-recommendation-genres", get_genres,
              group="closed-2024"),
)  # fmt: skip
