"""Several people over one cache and a stand-in for Spotify."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from tests.spotify.upstream import ID, Clock, Seen, Tokens, Upstream, transport


def thing(seen: Seen) -> Response:
    """Something that fits every read, with who asked for it and how often anybody asked before."""
    return JSONResponse(
        {
            "id": ID,
            "uri": f"spotify:track:{ID}",
            "name": seen.headers["authorization"],
            "type": "track",
            "items": [],
            "total": 0,
            "is_playing": True,
            "devices": [],
            "artists": [],
        }
    )


class House:
    """Several people over one cache, with a clock moved by hand."""

    def __init__(self, reply: Any = thing, **limits: int) -> None:
        self.clock = Clock()
        self.upstream = Upstream(reply)
        self.transport = transport(self.upstream, self.clock)
        self.cache = Cache(clock=self.clock, **limits)

    def client(self, person: str = "ada") -> SpotifyClient:
        return SpotifyClient(self.transport, Tokens(f"token-{person}"), self.cache.shelf(person))

    @property
    def asked(self) -> int:
        return len(self.upstream.seen)


def fitting(seen: Seen) -> Response:
    if seen.path == "/v1/me/following":
        return JSONResponse({"artists": {"items": []}})
    if seen.path == "/v1/search":
        return JSONResponse({"tracks": {"items": [], "total": 0}})
    return thing(seen)
