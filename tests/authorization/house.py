"""A whole server in one process, a simulated Spotify behind it, and people and client programs before it."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

from auxcord.accounts import Accounts, Admission, ConsentTerms
from auxcord.authorization.grants import REFRESH_SECONDS
from auxcord.authorization.limits import RATES, Rates
from auxcord.authorization.provider import AuxcordProvider
from auxcord.server.http import build_http_app
from auxcord.simulator import create_app
from auxcord.spotify.apps import Apps
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth
from auxcord.spotify.transport import Transport
from auxcord.store.engine import Store
from auxcord.vault import KeyRing, Vault
from tests.authorization.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.applications import Starlette

BASE = "http://127.0.0.1:8000"
SPOTIFY = "http://127.0.0.1:9000"
REDIRECT = "http://127.0.0.1:3939/callback"
APP = SpotifyApp("00000000000000000000000000000001", "simulator-secret-not-real")
MODERN = "2026-07-28"


class Clock:
    """Real time, moved forward at will."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass
class House:
    """One server and its Spotify."""

    app: Starlette
    provider: AuxcordProvider
    store: Store
    vault: Vault
    accounts: Accounts
    transport: Transport
    oauth: SpotifyOAuth
    clock: Clock
    turnstile: Turnstile
    spotify: httpx2.AsyncClient
    base: str

    def browser(self, *, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        """A new browser (or client program) with no cookies, coming from an address."""
        wire = httpx2.ASGITransport(app=self.app, client=(address, 50_000))
        return httpx2.AsyncClient(transport=wire, base_url=self.base)

    def another_process(self) -> AuxcordProvider:
        """A second authorization server on the same database, as another worker process has it."""
        return AuxcordProvider(
            self.base,
            self.store,
            self.vault,
            self.accounts,
            redirect_uri=f"{self.base}/callback",
            clock=self.clock,
        )

    async def at_spotify(self, person: str) -> None:
        """Let this person be signed in at Spotify from now on."""
        answer = await self.spotify.post("/_simulator/auto-approve", json={"user": person})
        assert answer.is_success

    async def spotify_answers(self, path: str, status: int, body: Any = "", times: int = 1) -> None:
        """Let Spotify answer the next requests to a path like this."""
        fault = {"kind": "status", "path": path, "status": status, "body": body, "times": times}
        answer = await self.spotify.post("/_simulator/faults", json=fault)
        assert answer.is_success, answer.text

    async def spotify_requests(self) -> list[str]:
        """The paths asked of Spotify so far."""
        log = (await self.spotify.get("/_simulator/requests")).json()
        return [entry["path"] for entry in (log["requests"] if isinstance(log, dict) else log)]


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    base: str = BASE,
    redirect_uri: str | None = None,
    terms: ConsentTerms | None = None,
    refresh_seconds: float = REFRESH_SECONDS,
    rates: Rates = RATES,
) -> AsyncIterator[House]:
    """Build and start a server."""
    clock = Clock()
    wire = httpx2.ASGITransport(app=create_app(clock=clock))
    async with AsyncExitStack() as closing:
        spotify = await closing.enter_async_context(httpx2.AsyncClient(transport=wire, base_url=SPOTIFY))
        store = Store(f"sqlite+aiosqlite:///{folder / 'auxcord.sqlite3'}")
        await store.open()
        closing.push_async_callback(store.close)
        vault = Vault(store, KeyRing.of([KeyRing.new_key()]), clock=clock)
        await vault.open()
        oauth = SpotifyOAuth(spotify, APP, accounts_url=SPOTIFY)
        transport = Transport(spotify, api_url=f"{SPOTIFY}/v1", clock=clock)
        accounts = Accounts(
            vault, store, Apps.one(oauth, transport), admission=Admission(terms=terms), clock=clock
        )
        closing.push_async_callback(accounts.close)
        where = redirect_uri or f"{base}/callback"
        provider = AuxcordProvider(
            base,
            store,
            vault,
            accounts,
            redirect_uri=where,
            refresh_seconds=refresh_seconds,
            clock=clock,
            rates=rates,
        )
        turnstile = Turnstile()
        app = build_http_app(fixture_mcp(), provider, public_url=base, sleep=turnstile)
        await closing.enter_async_context(app.router.lifespan_context(app))
        yield House(app, provider, store, vault, accounts, transport, oauth, clock, turnstile, spotify, base)


def fixture_mcp() -> FastMCP:
    """An MCP server whose one tool tells who is calling."""
    mcp = FastMCP("Fixture")

    @mcp.tool
    def whoami() -> str:
        token = get_access_token()
        return "nobody" if token is None else f"{token.subject} {' '.join(token.scopes)}"

    return mcp


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, each of which occurs once."""
    values = parse_qs(urlsplit(url).query)
    assert all(len(value) == 1 for value in values.values()), values
    return {name: value[0] for name, value in values.items()}


def fields_of(page: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in pairs}


@dataclass
class Program:
    """A client program that speaks OAuth by hand."""

    house: House
    http: httpx2.AsyncClient
    client_id: str = ""
    redirect_uri: str = REDIRECT
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @classmethod
    async def registered(cls, house: House, redirect_uri: str = REDIRECT, **document: Any) -> Program:
        """A program that has registered itself."""
        program = cls(house, house.browser(), redirect_uri=redirect_uri)
        document = {"client_name": "Test program", "redirect_uris": [redirect_uri], **document}
        answer = await program.http.post("/register", json=document)
        assert answer.status_code == 201, answer.text
        program.client_id = answer.json()["client_id"]
        return program

    def authorize_url(self, **changes: str | None) -> str:
        """The address the program opens in a browser; a change to None leaves the parameter out."""
        parameters = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": "the-state",
            "resource": f"{self.house.base}/mcp",
            **changes,
        }
        present = {name: value for name, value in parameters.items() if value is not None}
        return f"/authorize?{urlencode(present)}"

    async def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        """Trade a code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        present = {name: value for name, value in form.items() if value is not None}
        return await self.http.post("/token", data=present)

    async def refresh(self, token: str, **changes: str) -> httpx2.Response:
        """Trade a refresh token for new tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id, **changes}
        return await self.http.post("/token", data=form)

    async def revoke(self, token: str, **changes: str) -> httpx2.Response:
        """Give a token back."""
        return await self.http.post("/revoke", data={"token": token, "client_id": self.client_id, **changes})

    async def whoami(self, token: str | None) -> httpx2.Response:
        """Ask the MCP server who is calling."""
        return await call_tool(self.http, token, "whoami")


async def call_tool(http: httpx2.AsyncClient, token: str | None, tool: str) -> httpx2.Response:
    """Call a tool without arguments, in the newest revision."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": MODERN,
        f"{prefix}/clientCapabilities": {},
        f"{prefix}/clientInfo": {"name": "test", "version": "1"},
    }
    params = {"name": tool, "arguments": {}, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return await http.post("/mcp", headers=headers, json=body)


@dataclass
class Tokens:
    """What a program got for a code."""

    access: str
    refresh: str
    scope: str

    @classmethod
    def of(cls, answer: httpx2.Response) -> Tokens:
        """Read the answer of the token endpoint."""
        assert answer.status_code == 200, answer.text
        content = answer.json()
        assert content["token_type"] == "Bearer"
        return cls(content["access_token"], content["refresh_token"], content["scope"])


async def agree(
    house: House, browser: httpx2.AsyncClient, address: str, *, person: str = "ada", level: str = "everything"
) -> httpx2.Response:
    """Walk from a program's address to Spotify and back, up to our last answer."""
    arrival = await to_spotify(browser, address, level=level)
    while arrival.startswith(SPOTIFY):
        await house.at_spotify(person)
        sent_back = await house.spotify.get(arrival)
        assert sent_back.is_redirect, sent_back.text
        answer = await browser.get(sent_back.headers["location"])
        arrival = answer.headers.get("location", "")
    return answer


async def to_spotify(browser: httpx2.AsyncClient, address: str, *, level: str = "everything") -> str:
    """Walk from a program's address to the consent page and agree; returns the address at Spotify."""
    page = await open_consent(browser, address)
    return await answer_consent(browser, page, level=level)


async def open_consent(browser: httpx2.AsyncClient, address: str) -> httpx2.Response:
    """Walk from a program's address to the consent page."""
    first = await browser.get(address)
    assert first.is_redirect, first.text
    page = await browser.get(first.headers["location"])
    assert page.status_code == 200, page.text
    return page


async def answer_consent(
    browser: httpx2.AsyncClient, page: httpx2.Response, *, level: str = "everything", decision: str = "allow"
) -> str:
    """Press a button on the consent page; returns where that leads."""
    data = {**fields_of(page), "level": level, "decision": decision}
    parts = urlsplit(str(page.url))
    answer = await browser.post("/consent", data=data, headers={"Origin": f"{parts.scheme}://{parts.netloc}"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def code_for(
    house: House, program: Program, *, person: str = "ada", level: str = "everything", **changes: str | None
) -> str:
    """Let a person sign in to a program; returns the code the program gets."""
    answer = await agree(house, house.browser(), program.authorize_url(**changes), person=person, level=level)
    assert answer.is_redirect, answer.text
    return query_of(answer.headers["location"])["code"]


async def tokens_for(
    house: House, program: Program, *, person: str = "ada", level: str = "everything", **changes: str | None
) -> Tokens:
    """Let a person sign in to a program; returns the tokens the program gets."""
    return Tokens.of(
        await program.redeem(await code_for(house, program, person=person, level=level, **changes))
    )
