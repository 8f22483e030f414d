"""A server with several Spotify apps, wired as `auxcord serve` wires it, and people before it."""

from __future__ import annotations

import html
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from auxcord.server.assembly import Parts
from auxcord.server.http import build_http_app
from auxcord.server.settings import Settings
from auxcord.server.shared import build_shared_mcp
from auxcord.simulator import create_app
from auxcord.vault import KeyRing
from tests.authorization.house import (
    APP,
    BASE,
    SPOTIFY,
    Clock,
    House,
    Program,
    Tokens,
    agree,
    answer_consent,
    call_tool,
    query_of,
)
from tests.authorization.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FIRST = APP.client_id
SECOND = "2" * 32
THIRD = "3" * 32
SPOTIFY_TOKEN = 900
"""Seconds Spotify's access tokens live here; ours live longer."""


@dataclass
class Place:
    """One database and one Spotify; servers are started on it as often as wanted."""

    folder: Path
    clock: Clock
    wire: httpx2.ASGITransport
    spotify: httpx2.AsyncClient
    key: str

    async def control(self, method: str, path: str, /, **data: Any) -> Any:
        """Turn something at Spotify."""
        answer = await self.spotify.request(method, f"/_simulator{path}", json=data)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def newcomers(self, count: int) -> list[str]:
        """New people at Spotify, by handle."""
        handles = [f"person-{number:02}" for number in range(count)]
        for handle in handles:
            await self.control("POST", "/users", handle=handle)
        return handles

    async def asked(self, path: str = "/v1/*") -> list[dict[str, Any]]:
        """What Spotify was asked, oldest first."""
        log = await self.spotify.get("/_simulator/requests", params={"path": path})
        requests: list[dict[str, Any]] = log.json()["requests"]
        return requests

    @asynccontextmanager
    async def served(
        self, *, more: tuple[str, ...] = (SECOND, THIRD), **settings: str
    ) -> AsyncIterator[House]:
        """Start a server with the first app and more of them."""
        environment = {
            "SPOTIFY_CLIENT_ID": FIRST,
            "SPOTIFY_CLIENT_SECRET": str(APP.client_secret),
            "AUXCORD_SPOTIFY_APPS": ",".join(f"{client_id}:{secret_of(client_id)}" for client_id in more),
            "AUXCORD_PUBLIC_URL": BASE,
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'data' / 'auxcord.sqlite3'}",
            "AUXCORD_ENCRYPTION_KEYS": self.key,
            "AUXCORD_SPOTIFY_API_URL": f"{SPOTIFY}/v1",
            "AUXCORD_SPOTIFY_ACCOUNTS_URL": SPOTIFY,
            **settings,
        }
        parts = Parts.of(Settings.load(environment), [self.key], upstream=self.wire, clock=self.clock)
        mcp, provider = build_shared_mcp(Settings.load(environment), parts)
        app = build_http_app(mcp, provider, public_url=BASE)
        first = parts.apps.first
        async with app.router.lifespan_context(app):
            yield House(
                app,
                provider,
                parts.store,
                parts.vault,
                parts.accounts,
                first.transport,
                first.oauth,
                self.clock,
                Turnstile(),
                self.spotify,
                BASE,
            )


@asynccontextmanager
async def a_place(folder: Path, *, profile: Any = "development") -> AsyncIterator[Place]:
    """A Spotify that knows three apps of three developers, and a folder for the data."""
    clock = Clock()
    wire = httpx2.ASGITransport(app=create_app(clock=clock, profile=profile))
    async with AsyncExitStack() as closing:
        spotify = await closing.enter_async_context(httpx2.AsyncClient(transport=wire, base_url=SPOTIFY))
        place = Place(folder, clock, wire, spotify, KeyRing.new_key())
        for client_id in (SECOND, THIRD):
            secret, developer = secret_of(client_id), f"developer-{client_id[0]}"
            await place.control(
                "POST", "/apps", client_id=client_id, client_secret=secret, developer=developer
            )
        await place.control("POST", "/settings", access_seconds=SPOTIFY_TOKEN)
        yield place


def secret_of(client_id: str) -> str:
    """The test secret of one of the further apps."""
    return f"test-secret-{client_id[0]}-not-real"


async def signed_in(
    house: House, handle: str, *, browser: httpx2.AsyncClient | None = None, program: Program | None = None
) -> Tokens:
    """Let a person sign in to a program, which is a new one unless it is given; returns its tokens."""
    program = program or await Program.registered(house)
    answer = await agree(house, browser or house.browser(), program.authorize_url(), person=handle)
    assert answer.is_redirect, answer.text
    return Tokens.of(await program.redeem(query_of(answer.headers["location"])["code"]))


async def said(house: House, tokens: Tokens, tool: str = "get_account") -> str:
    """What a tool answers."""
    answer = await call_tool(house.browser(), tokens.access, tool)
    assert answer.status_code == 200, answer.text
    return answer.text


def links_of(page: httpx2.Response) -> dict[str, str]:
    """The buttons of a problem page, by what stands on them."""
    found = re.findall(r'<a class="(?:primary|secondary)" href="([^"]*)"[^>]*>([^<]*)</a>', page.text)
    return {text: html.unescape(address) for address, text in found}


def code_of(page: httpx2.Response) -> str:
    """The code of a problem page."""
    found = re.search(r"Code for support: <code>(\w+)</code>", page.text)
    assert found is not None, page.text
    return found[1]


async def taken(house: House) -> dict[str, int]:
    return await house.accounts.seats.taken()


async def tries(
    house: House, handle: str, browser: httpx2.AsyncClient | None = None, address: str | None = None
) -> httpx2.Response:
    """A person goes from a program to Spotify and back; our last answer."""
    browser = browser or house.browser()
    return await agree(
        house, browser, address or (await Program.registered(house)).authorize_url(), person=handle
    )


async def again(
    house: House, page: httpx2.Response, button: str, browser: httpx2.AsyncClient, who: str
) -> httpx2.Response:
    """Press a button of a problem page and go through the sign-in it leads to; our last answer."""
    consent = await browser.get(links_of(page)[button])
    assert consent.status_code == 200, consent.text
    return await agree_on(house, browser, consent, who)


async def agree_on(
    house: House, browser: httpx2.AsyncClient, consent: httpx2.Response, who: str
) -> httpx2.Response:
    arrival = await answer_consent(browser, consent)
    answer = consent
    while arrival.startswith(str(house.spotify.base_url).rstrip("/")):
        await house.at_spotify(who)
        back = (await house.spotify.get(arrival)).headers["location"]
        answer = await browser.get(back)
        arrival = answer.headers.get("location", "")
    return answer
