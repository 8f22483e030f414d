"""Every control endpoint, with its path."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auxcord.simulator.control import accounts, players, state
from auxcord.simulator.control.guard import Endpoint, guarded
from auxcord.simulator.control.requests import MisuseError

if TYPE_CHECKING:
    from starlette.requests import Request

PREFIX = "/_simulator"


def _route(method: str, path: str, endpoint: Endpoint) -> Route:
    @wraps(endpoint)
    async def explained(request: Request) -> Response:
        try:
            return await endpoint(request)
        except MisuseError as misuse:
            return JSONResponse({"error": str(misuse)}, 400)

    return Route(PREFIX + path, guarded(explained), methods=[method])


async def index(_request: Request) -> Response:
    """GET /: this list."""
    known = [
        {"path": route.path, "about": (route.endpoint.__doc__ or "").partition("\n")[0]} for route in ROUTES
    ]
    return JSONResponse({"endpoints": known})


ROUTES = [
    _route("GET", "/", index),
    _route("GET", "/requests", state.list_requests),
    _route("DELETE", "/requests", state.clear_requests),
    _route("GET", "/faults", state.list_faults),
    _route("POST", "/faults", state.add_fault),
    _route("DELETE", "/faults", state.clear_faults),
    _route("DELETE", "/faults/{number:int}", state.clear_faults),
    _route("GET", "/clock", state.show_clock),
    _route("POST", "/clock", state.move_clock),
    _route("GET", "/settings", state.show_settings),
    _route("POST", "/settings", state.change_settings),
    _route("POST", "/reset", state.reset),
    _route("GET", "/users", accounts.list_users),
    _route("POST", "/users", accounts.add_user),
    _route("PATCH", "/users/{handle}", accounts.change_user),
    _route("GET", "/apps", accounts.list_apps),
    _route("POST", "/apps", accounts.set_app),
    _route("POST", "/revoke", accounts.revoke),
    _route("POST", "/auto-approve", accounts.auto_approve),
    _route("POST", "/tokens", accounts.issue_tokens),
    _route("POST", "/tokens/look", accounts.look_at_token),
    _route("GET", "/player/{handle}", players.show_player),
    _route("POST", "/player", players.set_player),
]
