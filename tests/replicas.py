"""Real processes: one simulated Spotify, and any number of `auxcord serve` on one database.

    async with replicas(8) as house:
        people = await enrol(house, 100)                      # tests/people.py
        answer = await people[0].call("get_account", to=house.all[3])
        await house.all[0].kill()

All replicas share keys, database and public address. `house.http` sends what is meant for the public address
to a replica: the one named with `at(replica)`, or any that is up. Every process is gone when the block ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from auxcord.cli.demo import GENEROUS
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from auxcord.vault import KeyRing
from tests.processes import Program, Starter, starter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PUBLIC_URL: Final = "http://127.0.0.1:8000"
"""What clients call every replica; nothing needs to listen there."""


class Simulator:
    """The simulated Spotify's control API."""

    def __init__(self, program: Program, http: httpx2.AsyncClient) -> None:
        self.program = program
        self._http = http

    @property
    def url(self) -> str:
        """Where it is."""
        return self.program.url

    async def control(self, method: str, path: str, **options: Any) -> Any:
        """Call one endpoint of the control API; returns what it answers, None for an empty answer."""
        answer = await self._http.request(method, f"{self.url}/_simulator{path}", **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def requests(self, path: str = "*", **exactly: str) -> list[dict[str, Any]]:
        """The requests it got, oldest first; see `RequestLog` for what is known of each."""
        found = await self.control("GET", "/requests", params={"path": path, **exactly})
        requests: list[dict[str, Any]] = found["requests"]
        return requests

    async def refreshes(self) -> list[dict[str, Any]]:
        """The token requests with a refresh token, oldest first."""
        return [
            entry for entry in await self.requests("/api/token") if entry["grant_type"] == "refresh_token"
        ]

    async def look(self, token: str) -> dict[str, Any]:
        """What it knows of a token: kind, user, number, and whether it works."""
        found: dict[str, Any] = await self.control("POST", "/tokens/look", json={"token": token})
        return found

    async def forget_requests(self) -> None:
        """Begin the request log anew."""
        await self.control("DELETE", "/requests")

    async def advance(self, seconds: float) -> None:
        """Move its clock; ours stands where it is."""
        await self.control("POST", "/clock", json={"advance": seconds})

    async def turn(self, **knobs: Any) -> None:
        """Turn knobs, such as `access_seconds`, `latency` or `rotation`; see `simulator.settings`."""
        await self.control("POST", "/settings", json=knobs)

    async def fault(self, kind: str, **rule: Any) -> int:
        """Put a rule for trouble in force and return its number; see `simulator.faults`."""
        return int((await self.control("POST", "/faults", json={"kind": kind, **rule}))["id"])

    async def no_faults(self) -> None:
        """Take all rules out of force."""
        await self.control("DELETE", "/faults")


class Route(httpx2.AsyncBaseTransport):
    """Takes what is meant for the public address to a replica, as a load balancer would."""

    def __init__(self, house: Replicas) -> None:
        self._house = house
        limits = httpx2.Limits(max_connections=4000, max_keepalive_connections=200)
        self._wire = httpx2.AsyncHTTPTransport(verify=False, limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request; its Host header stays the public one."""
        if str(request.url).startswith(f"{PUBLIC_URL}/"):
            replica = request.extensions.get("replica") or self._house.any()
            request = httpx2.Request(
                request.method,
                request.url.copy_with(port=replica.port),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()


class Replicas:
    """Everything that runs.

    Attributes:
        folder: Where the database and the logs lie.
        environment: Of every replica; what is changed in it counts for replicas added later.
        key: The encryption key.
        simulator: The simulated Spotify.
        all: The replicas, in the order they were added.
        http: A client whose base is the public address.
    """

    def __init__(self, folder: Path, starter: Starter, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.key = KeyRing.new_key()
        self.all: list[Program] = []
        self.environment = _plain_environment(folder)
        self._starter = starter
        self.http = self.browser()
        program = Program(
            starter, "simulator", self.environment, folder / "simulator.log", "/_simulator/clock"
        )
        self.simulator = Simulator(program, self.http)
        self.environment |= {
            "SPOTIFY_CLIENT_ID": DEFAULT_CLIENT_ID,
            "SPOTIFY_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
            "AUXCORD_PUBLIC_URL": PUBLIC_URL,
            "AUXCORD_DATABASE_URL": self.database_url,
            "AUXCORD_ENCRYPTION_KEYS": self.key,
            "AUXCORD_SPOTIFY_APP_SEATS": "0",
            "AUXCORD_TRUSTED_PROXIES": "127.0.0.1",  # so that a crowd can come from many addresses
            **GENEROUS,
            **settings,
        }

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "data" / "auxcord.sqlite3"

    @property
    def database_url(self) -> str:
        """The database as the settings name it."""
        return f"sqlite+aiosqlite:///{self.database}"

    def any(self) -> Program:
        """One of the replicas that are up, at random.

        Raises:
            ConnectError: None is up.
        """
        up = [replica for replica in self.all if replica.up]
        if not up:
            raise httpx2.ConnectError("no replica is up")
        return random.choice(up)

    async def add(self, *, fresh: bool = False, **settings: str) -> Program:
        """Start one more replica, with further settings of its own; see `Program` for a fresh one."""
        log = self.folder / f"replica-{len(self.all)}.log"
        environment = {**self.environment, **settings}
        replica = Program(self._starter, "serve", environment, log, "/healthz", fresh=fresh)
        self.all.append(replica)
        await replica.start()
        return replica

    def browser(self) -> httpx2.AsyncClient:
        """A client with cookies of its own, for one person's browser."""
        return httpx2.AsyncClient(
            base_url=PUBLIC_URL, transport=Route(self), timeout=60, follow_redirects=False, trust_env=False
        )

    def logs(self) -> str:
        """What all replicas have written so far."""
        return "".join(replica.log.read_text() for replica in self.all)


def at(replica: Program | None) -> dict[str, Any]:
    """What to give a request as `extensions` so that this replica gets it; None for any."""
    return {} if replica is None else {"replica": replica}


@asynccontextmanager
async def replicas(
    count: int, *, folder: Path | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Replicas]:
    """Run a simulator and `count` replicas (0: add them later) until the block is left.

    Args:
        count: How many `auxcord serve` to start.
        folder: Where database and logs go; a temporary folder when omitted.
        settings: Further settings of every replica, by their names in the environment.
    """
    async with contextlib.AsyncExitStack() as closing:
        if folder is None:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="auxcord-replicas-")))
        house = Replicas(folder, await closing.enter_async_context(starter()), settings or {})
        closing.push_async_callback(house.http.aclose)
        await house.simulator.program.start()
        house.environment = spotify_at(house.simulator.url) | house.environment
        await asyncio.gather(*(house.add() for _ in range(count)))
        yield house


def spotify_at(url: str) -> dict[str, str]:
    """The settings that make a simulator Spotify."""
    return {"AUXCORD_SPOTIFY_API_URL": f"{url}/v1", "AUXCORD_SPOTIFY_ACCOUNTS_URL": url}


def _plain_environment(folder: Path) -> dict[str, str]:
    """The environment without anybody's settings, in a home of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUXCORD_", "SPOTIFY_"))
    }
    return kept | {"HOME": str(folder), "PYTHONUNBUFFERED": "1"}
