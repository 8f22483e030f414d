"""Spotify's token endpoint, as small as it can be: it counts, rotates, fails and pauses on request."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auxcord.spotify.apps import App, Apps
from auxcord.spotify.models import User
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth, TokenSet
from auxcord.spotify.transport import Transport

if TYPE_CHECKING:
    import httpx2
    from starlette.requests import Request

ORIGIN = "https://accounts.spotify.test"
APP = SpotifyApp("00000000000000000000000000000001", "simulator-secret-not-real")
HOUR = 3600


class TokenEndpoint:
    """Accepts the newest refresh token of each person; every refresh is written down.

    Attributes:
        failing: What to answer instead, when something is wrong.
        rotating: Whether each refresh ends the refresh token it spent.
        holding: While not None, answers are ready but not sent before it is set.
        refreshes: The refresh tokens spent, oldest first.
    """

    def __init__(self) -> None:
        self.refreshes: list[str] = []
        self.newest: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.failing: Response | None = None
        self.rotating = False
        self.holding: asyncio.Event | None = None
        self._called = asyncio.Event()
        self.under_way = self.most_under_way = 0
        self._numbers = itertools.count(1)
        self.asgi = Starlette(routes=[Route("/api/token", self._token, methods=["POST"])])

    def consent(self, person: str, *, scopes: str = "user-read-private") -> TokenSet:
        """What a code exchange yields for a person."""
        number = next(self._numbers)
        self.newest[person] = f"refresh-{person}-{number}"
        self.revoked.discard(person)
        return TokenSet(f"access-{person}-{number}", self.newest[person], HOUR, frozenset(scopes.split()))

    def revoke(self, person: str) -> None:
        """The person removes the app."""
        self.revoked.add(person)

    async def called(self) -> None:
        """Wait until a refresh has been decided."""
        await asyncio.wait_for(self._called.wait(), 20)

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        (spent,) = form["refresh_token"]
        self.refreshes.append(spent)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        answer = self.failing or self._decide(spent)
        self._called.set()
        if self.holding is not None:
            await self.holding.wait()
        await asyncio.sleep(0)
        self.under_way -= 1
        return answer

    def _decide(self, spent: str) -> Response:
        person = spent.split("-")[1]
        if spent != self.newest.get(person) or person in self.revoked:
            return JSONResponse({"error": "invalid_grant"}, 400)
        number = next(self._numbers)
        answer: dict[str, object] = {
            "access_token": f"access-{person}-{number}",
            "token_type": "Bearer",
            "expires_in": HOUR,
        }
        if self.rotating:
            self.newest[person] = f"refresh-{person}-{number}"
            answer["refresh_token"] = self.newest[person]
        return JSONResponse(answer)


def apps(http: httpx2.AsyncClient, *more: SpotifyApp) -> Apps:
    """The server's Spotify apps: one, and as many more as are given."""
    return Apps([App(SpotifyOAuth(http, app, accounts_url=ORIGIN), Transport(http)) for app in (APP, *more)])


def profile(person: str, *, account_id: str | None = "same") -> User:
    return User(
        id=person,
        account_id=f"account-{person}" if account_id == "same" else account_id,
        display_name=person.title(),
    )


class Clock:
    """Stands still until moved; sleeping moves it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
