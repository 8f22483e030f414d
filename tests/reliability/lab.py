"""One person, a simulated Spotify of their own, and the client between them, in simulated time."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from auxcord.simulator import create_app
from auxcord.simulator.oauth.tokens import SCOPES, Consent
from auxcord.simulator.world.playlists import Entry, Playlist
from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.pacing import Gate
from auxcord.spotify.transport import Transport
from tests.reliability.sample import sample_of
from tests.reliability.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from auxcord.simulator.settings import Profile
    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.people import Person
    from auxcord.simulator.world.player import Playback

PROFILES: tuple[Profile, ...] = ("extended", "legacy-development", "development")
ORIGIN = "http://127.0.0.1:8765"
HANDLE = "eve"
CEILING = 10.0
"""Seconds a request waits at most before it is sent; its exchange with Spotify is timed apart."""
_START = 1_795_000_000.0
_SHELVES = {
    "saved_tracks": 60, "saved_albums": 3, "saved_shows": 3, "saved_episodes": 3, "saved_audiobooks": 3,
    "follows": 3, "plays": 5, "devices": 2,
}  # fmt: skip


class Tokens:
    """The person's access tokens: another one whenever one is refused."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.issued: list[str] = []
        self._issue()

    def _issue(self) -> str:
        (client_id,) = self._simulation.apps
        book, now, scopes = self._simulation.tokens, self._simulation.now(), frozenset(SCOPES)
        book.consents.append(Consent(client_id, HANDLE, scopes, now))
        self.issued.append(book.new_access(client_id, book.consents[-1], scopes, now))
        return self.issued[-1]

    async def current(self) -> str:
        """The newest token."""
        return self.issued[-1]

    async def renewed(self, refused: str) -> str:
        """A new one, unless there has been one since."""
        return self._issue() if refused == self.issued[-1] else self.issued[-1]


class Lab:
    """Everything a case needs.

    Args:
        profile: The access mode of the Spotify app.
        latency: Seconds every answer takes.
        per_window: Requests the client starts within half a minute at most.
        way: The class of the client's transport.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        latency: float = 0.0,
        per_window: int = 600,
        way: type[Transport] = Transport,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        app = create_app(profile=profile, clock=self.now, latency=latency, broken=httpx2.ReadError)
        self.simulation: Simulation = app.state.simulation
        self.wire = Wire(app)
        self.http = httpx2.AsyncClient(transport=self.wire, base_url=ORIGIN)
        gate = Gate(clock=self.now, per_window=per_window, ceiling=CEILING)
        self.transport = way(self.http, api_url=f"{ORIGIN}/v1", gate=gate, jitter=lambda: 1.0)
        self.sample = sample_of(self.simulation.world.catalogue)
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def opened(cls, profile: Profile = "development", **more: Any) -> AsyncIterator[Lab]:
        """A lab with one new person in it."""
        lab = cls(profile, **more)
        async with lab.http:
            await lab.control("POST", "/users", handle=HANDLE, country="GB", **_SHELVES)
            lab.tokens = Tokens(lab.simulation)
            lab.client = SpotifyClient(lab.transport, lab.tokens, Cache(clock=lab.now).shelf(HANDLE))
            yield lab

    tokens: Tokens
    client: SpotifyClient

    def now(self) -> float:
        """What time it is for client and simulator alike, unix seconds."""
        return _START + self._loop.time()

    async def control(self, method: str, path: str, /, **data: Any) -> Any:
        """Turn something at the simulator itself."""
        answer = await self.http.request(method, f"/_simulator{path}", json=data)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @property
    def person(self) -> Person:
        """The person as the simulator knows them."""
        return self.simulation.world.people[HANDLE]

    @property
    def playback(self) -> Playback:
        """What the person's player really does."""
        return self.person.player.current(self.now())

    @property
    def shelf(self) -> tuple[str, ...]:
        """The ids of the person's playlists, oldest first."""
        return tuple(self.simulation.world.rootlist(self.person))[::-1]

    def playlist(self, uris: tuple[str, ...]) -> Playlist:
        """Put a playlist of the person's into the world, with these entries."""
        found = self.simulation.world.catalogue
        now = self.now()
        rows = [Entry(found.playable(*uri.split(":")[1:]), now, HANDLE, uri) for uri in uris]
        made = Playlist(f"{next(self._numbers):022}", "Mine", HANDLE, fill=lambda: rows)
        self.simulation.world.playlists[made.id] = made
        self.simulation.world.rootlist(self.person).add(made.id, now)
        return made

    async def player(self, **state: Any) -> None:
        """Let the person's player do this from now on."""
        await self.control("POST", "/player", user=HANDLE, active="Device 1", **state)


def rows_of(playlist: Playlist) -> tuple[str, ...]:
    """The URIs of a playlist's entries, as they really are."""
    return tuple(entry.uri for entry in playlist.entries)
