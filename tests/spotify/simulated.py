"""The simulated Spotify as the client's tests use it: one world, one hand-moved clock, people by handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from auxcord.simulator import create_app
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.oauth import Pkce, SpotifyApp, SpotifyOAuth, TokenSet, new_pkce
from auxcord.spotify.pacing import Gate
from auxcord.spotify.scopes import SpotifyScope
from auxcord.spotify.transport import Transport
from tests.spotify.upstream import Clock

if TYPE_CHECKING:
    from auxcord.spotify.modes import Access

ORIGIN = "http://127.0.0.1:8889"
REDIRECT = "http://127.0.0.1:43117/callback"
APP = SpotifyApp("00000000000000000000000000000001", "simulator-secret-not-real")


class Renewing:
    """Somebody's tokens, renewed at the accounts service when they are refused."""

    def __init__(self, oauth: SpotifyOAuth, tokens: TokenSet) -> None:
        self.oauth = oauth
        self.tokens = tokens
        self.renewals = 0

    async def current(self) -> str:
        return self.tokens.access_token

    async def renewed(self, refused: str) -> str:
        assert refused == self.tokens.access_token
        assert self.tokens.refresh_token is not None
        fresh = await self.oauth.refresh(self.tokens.refresh_token)
        self.renewals += 1
        self.tokens = TokenSet(
            fresh.access_token,
            fresh.refresh_token or self.tokens.refresh_token,
            fresh.expires_in,
            fresh.scopes,
        )
        return self.tokens.access_token


class World:
    """A fresh simulator and everything that reaches it, for an app of any kind."""

    def __init__(self, profile: Any = "development") -> None:
        self.profile = profile
        self.clock = Clock(1_795_000_000.0)
        app = create_app(clock=self.clock, broken=httpx2.ReadError, profile=profile)
        self.world = app.state.simulation.world
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app))
        self.oauth = SpotifyOAuth(self.http, APP, accounts_url=ORIGIN)
        self.another_process()

    async def control(self, method: str, path: str, /, **body: Any) -> Any:
        """Drive the simulator."""
        answer = await self.http.request(method, f"{ORIGIN}/_simulator{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def become(self, profile: str) -> None:
        """Let Spotify change what kind of app this is."""
        await self.control("POST", "/apps", client_id=APP.client_id, profile=profile)

    async def forget_requests(self) -> None:
        """Count requests from here on."""
        await self.control("DELETE", "/requests")

    async def requests(self) -> list[dict[str, Any]]:
        """What arrived at the Web API, oldest first."""
        log = await self.control("GET", "/requests")
        return [entry for entry in log["requests"] if entry["path"].startswith("/v1/")]

    async def agreed(self, user: str, pkce: Pkce, scopes: list[str] | None = None) -> dict[str, str]:
        """Somebody goes through the consent page; what comes back to the redirect address."""
        await self.control("POST", "/auto-approve", user=user)
        page = self.oauth.authorize_url(
            redirect_uri=REDIRECT,
            scopes=list(SpotifyScope) if scopes is None else scopes,
            state="test-state",
            challenge=pkce.challenge,
        )
        answer = await self.http.get(page)
        assert answer.status_code in {302, 303}, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def signed_in(self, user: str = "ada", scopes: list[str] | None = None) -> Renewing:
        """Somebody's tokens after a whole sign-in."""
        pkce = new_pkce()
        back = await self.agreed(user, pkce, scopes)
        assert back["state"] == "test-state"
        tokens = await self.oauth.exchange_code(back["code"], redirect_uri=REDIRECT, verifier=pkce.verifier)
        return Renewing(self.oauth, tokens)

    async def client(self, user: str = "ada", scopes: list[str] | None = None) -> SpotifyClient:
        """Spotify as somebody sees it."""
        return SpotifyClient(self.transport, await self.signed_in(user, scopes))

    def another_process(self, access: Access | None = None) -> None:
        """Forget everything that was not written down."""
        gate = Gate(clock=self.clock, sleep=self.clock.sleep)
        self.transport = Transport(
            self.http,
            api_url=f"{ORIGIN}/v1",
            gate=gate,
            sleep=self.clock.sleep,
            jitter=lambda: 1.0,
            access=access,
        )


async def songs(spotify: SpotifyClient, count: int) -> list[str]:
    """URIs of tracks in the person's library."""
    page = await spotify.library.tracks(limit=50)
    return [saved.track.uri for saved in page.present][:count]


async def held(spotify: SpotifyClient, playlist_id: str) -> list[str]:
    """The URIs of a playlist's entries."""
    uris: list[str] = []
    page = await spotify.playlists.items(playlist_id, limit=50)
    while True:
        uris += [entry.item.uri if entry and entry.item else "" for entry in page.items]
        if not page.next:
            return uris
        page = await spotify.playlists.items(playlist_id, limit=50, offset=len(uris))
