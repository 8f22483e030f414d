"""The highest door: a real MCP client, the guarded tools, the real Spotify client, the simulator."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
from fastmcp import Client, FastMCP

from auxcord.accounts import Accounts
from auxcord.caller import LEVELS, SPOTIFY_SCOPES, Caller, Cursors, Permission
from auxcord.server.connections import GrantConnection
from auxcord.server.guards import Guards
from auxcord.server.request_state import request_state_security
from auxcord.simulator.app import create_app
from auxcord.spotify.apps import Apps
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth, new_pkce
from auxcord.spotify.tokens import JustIssued
from auxcord.spotify.transport import Transport
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from auxcord.vault.questions import Questions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

ORIGIN = "http://simulator"
REDIRECT = "http://127.0.0.1/callback"
APP = SpotifyApp("00000000000000000000000000000001", "simulator-secret-not-real")
SIGN_IN = "https://auxcord.example/"
ACCOUNT = "https://auxcord.example/account"


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    now: float = 1_795_000_000.0
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()


class House:
    """Everything below the MCP surface, over a simulated Spotify."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        simulator = create_app(seed=1, clock=self.clock, broken=httpx2.ReadError)
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=simulator), base_url=ORIGIN)
        self.world = simulator.state.simulation.world
        self.store = Store(f"sqlite+aiosqlite:///{folder / 'auxcord.db'}")
        self.vault = Vault(self.store, KeyRing.of([KeyRing.new_key()]), clock=self.clock)
        self.oauth = SpotifyOAuth(self.http, APP, accounts_url=ORIGIN)
        self.transport = Transport(
            self.http, api_url=f"{ORIGIN}/v1", clock=self.clock, sleep=self.clock.sleep, jitter=lambda: 0.5
        )
        apps = Apps.one(self.oauth, self.transport)
        self.accounts = Accounts(self.vault, self.store, apps, clock=self.clock, sleep=self.clock.sleep)

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path) -> AsyncIterator[House]:
        house = cls(folder)
        await house.open()
        try:
            yield house
        finally:
            await house.close()

    async def open(self) -> None:
        await self.store.open()
        await self.vault.open()

    async def close(self) -> None:
        await self.accounts.close()
        await self.http.aclose()
        await self.store.close()

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"/_simulator/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def fault(self, kind: str, path: str, method: str = "*", **more: Any) -> None:
        await self.control("POST", "faults", {"kind": kind, "path": path, "method": method, **more})

    async def requests(self) -> list[dict[str, Any]]:
        """The Web API requests since the last `forget_requests`."""
        logged = await self.control("GET", "requests")
        return [entry for entry in logged["requests"] if entry["path"].startswith("/v1/")]

    async def forget_requests(self) -> None:
        await self.control("DELETE", "requests")

    async def link(self, handle: str, scopes: Iterable[str]) -> str:
        """Sign a person in and link their account, as the sign-in page does; their user id."""
        await self.control("POST", "auto-approve", {"user": handle})
        pkce = new_pkce()
        address = self.oauth.authorize_url(
            redirect_uri=REDIRECT, scopes=scopes, state="state", challenge=pkce.challenge
        )
        answer = await self.http.get(address, follow_redirects=False)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        tokens = await self.oauth.exchange_code(code, redirect_uri=REDIRECT, verifier=pkce.verifier)
        profile = await SpotifyClient(self.transport, JustIssued(tokens.access_token)).profile.me()
        return await self.accounts.link(tokens, profile)

    def caller(self, user_id: str, permissions: frozenset[Permission]) -> Caller:
        return Caller(
            user_id=user_id,
            permissions=permissions,
            spotify=SpotifyClient(self.transport, self.accounts.tokens(user_id)),
            accounts=self.accounts,
            cursors=Cursors(self.vault, user_id, clock=self.clock),
            app=self.accounts.apps.first.name,
            sign_in_url=SIGN_IN,
            account_url=ACCOUNT,
            sleep=self.clock.sleep,
            questions=Questions(self.vault, self.store, clock=self.clock),
        )

    @asynccontextmanager
    async def door(
        self,
        handle: str = "ada",
        level: str = "everything",
        scopes: Iterable[str] | None = None,
        **client: Any,
    ) -> AsyncIterator[Door]:
        """Let a person's client in; `client` says what is special about it."""
        server, user_id = await self.server(handle, level, scopes)
        async with Client(server, **client) as inside:
            await self.forget_requests()
            yield Door(self, inside, user_id)

    async def server(
        self,
        handle: str = "ada",
        level: str = "everything",
        scopes: Iterable[str] | None = None,
        *,
        as_data: bool = False,
    ) -> tuple[FastMCP, str]:
        """Make a server that knows one person only, and link their account; also their user id."""
        permissions = LEVELS[level]
        asked = scopes or frozenset().union(*(SPOTIFY_SCOPES[permission] for permission in permissions))
        user_id = await self.link(handle, sorted(asked))
        guards = Guards(_Always(self.caller(user_id, permissions)), as_data=as_data)
        server = FastMCP(
            "auxcord",
            middleware=[guards],
            tools=guards.tools,
            mask_error_details=True,
            request_state_security=request_state_security(self.vault),
        )
        return server, user_id


@dataclass(frozen=True)
class _Always:
    caller: Caller

    async def of_call(self) -> Caller:
        return self.caller

    async def connection(self) -> GrantConnection:
        async def granted() -> frozenset[Permission]:
            return self.caller.permissions

        return GrantConnection(
            self.caller.accounts,
            self.caller.user_id,
            self.caller.permissions,
            address=SIGN_IN,
            granted=granted,
            sleep=self.caller.sleep,
        )


@dataclass(frozen=True)
class Door:
    """One person's client."""

    house: House
    client: Client
    user_id: str

    async def ask(self, tool: str, **arguments: Any) -> str:
        """Call a tool that is to succeed; the text."""
        text, is_error = await self._call(tool, arguments)
        assert not is_error, text
        return text

    async def confirmed(self, tool: str, **arguments: Any) -> str:
        """Call a tool that is to ask first, and agree; the text after that."""
        asked = await self.ask(tool, **arguments)
        assert asked.startswith("Nothing was done. This would "), asked
        return await self.ask(tool, **arguments, confirm=asked.rsplit("confirm=", 1)[1])

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that is to fail; the text."""
        text, is_error = await self._call(tool, arguments)
        assert is_error, text
        return text

    async def rows(self, tool: str, **arguments: Any) -> list[list[str]]:
        """Call a tool that answers with rows; their columns."""
        text = await self.ask(tool, **arguments)
        return [line.split("|") for line in text.splitlines() if "|" in line and not line.endswith("|uri")]

    async def _call(self, tool: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        result = await self.client.call_tool(tool, arguments, raise_on_error=False)
        (block,) = result.content
        assert result.structured_content is None
        return block.text, result.is_error


def cursor(text: str) -> str:
    """The cursor at the end of an answer."""
    assert "more: cursor=" in text, text
    return text.rsplit("more: cursor=", 1)[1].strip()
