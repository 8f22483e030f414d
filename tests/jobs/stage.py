"""Where a job is done: Ada's MCP client, the server, its Spotify client, the simulator; in virtual time.

Every request to Spotify takes 50 ms by the stage's clock, and nothing else takes any. So how long a job takes
is counted, not measured, and is the same on every machine.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
from fastmcp import Client

from auxcord.server.assembly import Parts, build_local_mcp
from auxcord.server.settings import Settings
from auxcord.simulator.app import create_app
from auxcord.spotify.models import User
from auxcord.spotify.oauth import TokenSet
from auxcord.spotify.pace import Pace
from auxcord.store import Store
from auxcord.vault import KeyRing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.people import Person
    from auxcord.simulator.world.player import Playback
    from auxcord.simulator.world.playlists import Entry

LATENCY: Final = 0.05
_ORIGIN: Final = "http://127.0.0.1:8765"
_START: Final = 1_795_000_000.0
_CLIENT_ID: Final = "00000000000000000000000000000001"
_UNPACED: Final = 1_000_000
_PLAIN: Final = re.compile(r"[\w ]+")
_CONFIRM: Final = re.compile(r"confirm=(\S+)")


@dataclass
class Listener:
    """Ada, with a model that calls tools for her. What it calls, and what it has to read, is counted.

    Attributes:
        client: Her MCP client, which cannot ask her anything by itself.
        simulation: The simulated Spotify.
        calls: How often each tool was called.
        answers: Every text the model got to read.
    """

    client: Client
    simulation: Simulation
    http: httpx2.AsyncClient
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[str] = field(default_factory=list)

    # --- What the model does ------------------------------------------------------------------------------

    async def asks(self, tool: str, **arguments: Any) -> str:
        """Call a tool; the text of the answer, which must not be an error."""
        result = await self.client.call_tool(tool, arguments, raise_on_error=False)
        (block,) = result.content
        self.calls[tool] += 1
        self.answers.append(block.text)
        assert not result.is_error, block.text
        return str(block.text)

    async def confirms(self, tool: str, **arguments: Any) -> str:
        """Call a tool that has to ask the person first, and call it again once she has said yes."""
        asked = await self.asks(tool, **arguments)
        assert asked.startswith("Nothing was done. This would "), asked
        found = _CONFIRM.search(asked)
        assert found is not None, asked
        return await self.asks(tool, **arguments, confirm=found[1])

    # --- What is true -------------------------------------------------------------------------------------

    @property
    def person(self) -> Person:
        """Ada, as Spotify knows her."""
        return self.simulation.world.people["ada"]

    @property
    def playback(self) -> Playback:
        """What her player really does."""
        return self.person.player.current(self.simulation.now())

    @property
    def playing(self) -> str:
        """The name of what plays."""
        assert self.playback.playing
        assert self.playback.item is not None
        return self.playback.item.name

    @property
    def playlists(self) -> dict[str, str]:
        """Her playlists, the newest first: names and URIs."""
        world = self.simulation.world
        return {world.playlists[key].name: f"spotify:playlist:{key}" for key in world.rootlist(self.person)}

    def holds(self, name: str) -> list[str]:
        """The URIs in one of her playlists."""
        return [entry.uri for entry in self._entries(name)]

    def names(self, name: str) -> list[str]:
        """The titles in one of her playlists."""
        return [entry.item.name if entry.item else "" for entry in self._entries(name)]

    def _entries(self, name: str) -> tuple[Entry, ...]:
        return self.simulation.world.playlists[self.playlists[name].rsplit(":", 1)[1]].entries

    def saved(self, kind: str) -> list[str]:
        """The URIs of what is in her library, newest first."""
        shelf = self.person.followed_artists if kind == "artist" else self.person.library[kind]
        return [f"spotify:{kind}:{key}" for key in shelf]

    # --- What was so before -------------------------------------------------------------------------------

    async def plays_already(self, *titles: str, **more: Any) -> None:
        """Let her player play songs of the Tin Lanterns' first album."""
        album = self.album("Harbour Songs")
        uris = [f"spotify:track:{track.id}" for track in album.tracks if not titles or track.name in titles]
        state = {"user": "ada", "active": "Study laptop", "uris": uris, "playing": True, "position_ms": 0}
        answer = await self.http.post("/_simulator/player", json=state | more)
        answer.raise_for_status()

    def album(self, name: str) -> Any:
        """An album of the catalogue by its name."""
        albums = self.simulation.world.catalogue.albums.values()
        return next(album for album in albums if album.name == name)

    def songs(self, number: int) -> list[str]:
        """So many songs as people write them, each of another artist, none of which is there twice."""
        catalogue = self.simulation.world.catalogue
        often = Counter(track.name.casefold() for track in catalogue.tracks.values())
        lines = {
            track.artists[0].id: f"{track.artists[0].name} - {track.name}"
            for track in catalogue.tracks.values()
            if often[track.name.casefold()] == 1 and "GB" in track.markets and _PLAIN.fullmatch(track.name)
        }
        return list(lines.values())[:number]

    @property
    def requests(self) -> int:
        """How many requests reached Spotify's Web API."""
        return sum(entry.path.startswith("/v1/") for entry in self.simulation.log)


@asynccontextmanager
async def opened(database: Path, *, paced: bool) -> AsyncIterator[Listener]:
    """Let Ada sit down before her client; to be run in a virtual loop.

    Args:
        database: A copy of it is used.
        paced: Whether the server keeps its usual pace towards Spotify, or none.
    """
    loop = asyncio.get_running_loop()
    simulator = create_app(clock=lambda: _START + loop.time(), broken=httpx2.ReadError)
    upstream = httpx2.ASGITransport(app=simulator)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(shutil.copy(database, folder))
        settings = Settings.load(
            {
                "SPOTIFY_CLIENT_ID": _CLIENT_ID,
                "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
                "AUXCORD_SPOTIFY_API_URL": f"{_ORIGIN}/v1",
                "AUXCORD_SPOTIFY_ACCOUNTS_URL": _ORIGIN,
            },
            command="stdio",
        )
        parts = Parts.of(
            settings, [KeyRing.new_key()], alone=True, upstream=upstream, clock=lambda: _START + loop.time()
        )
        if not paced:
            parts.apps.first.transport.gate._pace = Pace(_UNPACED, 30.0, parts.clock)
        async with (
            httpx2.AsyncClient(transport=upstream, base_url=_ORIGIN) as http,
            Client(build_local_mcp(parts)) as client,
        ):
            await _link(parts, http)
            simulation: Simulation = simulator.state.simulation
            simulation.settings.latency = LATENCY
            simulation.settings.items_lag = 0.0
            yield Listener(client, simulation, http)


async def _link(parts: Parts, http: httpx2.AsyncClient) -> None:
    given = (await http.post("/_simulator/tokens", json={"user": "ada"})).json()
    scopes = frozenset(str(given["scope"]).split())
    tokens = TokenSet(given["access_token"], given["refresh_token"], given["expires_in"], scopes)
    people = (await http.get("/_simulator/users")).json()["users"]
    (ada,) = (person for person in people if person["handle"] == "ada")
    profile = User(id=ada["id"], account_id=ada["account_id"], display_name=ada["display_name"])
    await parts.accounts.link(tokens, profile)


def make_database(folder: Path) -> Path:
    """Make an empty database of the newest schema; once for all jobs, as it takes longer than a job."""
    path = folder / "auxcord.db"

    async def make() -> None:
        store = Store(f"sqlite+aiosqlite:///{path}")
        await store.open()
        await store.close()

    asyncio.run(make())
    return path
