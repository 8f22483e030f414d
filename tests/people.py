"""People before running replicas: signed in through the real OAuth flow, or enrolled by the thousand.

ada = await sign_in(house, "ada")
people = await enrol(house, 2000, expired=True)
answer = await ada.call("get_account", to=house.all[0])
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import re
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl

from auxcord.authorization.codes import Consent
from auxcord.caller import LEVELS
from auxcord.server.assembly import Parts
from auxcord.server.settings import Settings
from auxcord.server.shared import build_provider
from auxcord.spotify.models import User
from auxcord.spotify.oauth import TokenSet
from bench.raw import call_request
from tests.replicas import PUBLIC_URL, at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import httpx2

    from auxcord.accounts.links import Kept
    from auxcord.authorization.parts import Parts as Server
    from tests.processes import Program
    from tests.replicas import Replicas

REDIRECT: Final = "http://127.0.0.1:3939/callback"
HOUR: Final = 3600
_AT_ONCE: Final = 32


class Answer(NamedTuple):
    """What a tool call got: the HTTP status, the text, and whether it is an error (of the tool or of MCP)."""

    status: int
    text: str
    is_error: bool

    @property
    def works(self) -> bool:
        """Whether it is `get_account`'s answer to somebody for whom Spotify has just worked."""
        return not self.is_error and "Spotify right now: works" in self.text


@dataclass
class Person:
    """Somebody with an MCP client.

    Attributes:
        handle: Who they are at the simulated Spotify.
        client_id: The id of their MCP client.
        user_id: Our id of them; empty if they signed in by themselves, as nobody tells it.
    """

    house: Replicas
    handle: str
    client_id: str
    access: str
    refresh: str
    user_id: str = ""

    async def call(
        self, tool: str, arguments: dict[str, Any] | None = None, *, to: Program | None = None
    ) -> Answer:
        """Call a tool, in revision 2026-07-28.

        Args:
            tool: Its name.
            arguments: Its arguments.
            to: The replica to ask; any when omitted.

        Raises:
            TransportError: The connection failed, as it does when the replica is killed.
        """
        headers, body = call_request(tool, arguments or {}, self.access)
        return read(await self.house.http.post("/mcp", headers=headers, json=body, extensions=at(to)))

    async def renew(self, *, to: Program | None = None) -> httpx2.Response:
        """Ask for new MCP tokens with the refresh token; they are kept only once they have arrived."""
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh, "client_id": self.client_id}
        answer = await self.house.http.post("/token", data=form, extensions=at(to))
        if answer.status_code == 200:
            self.access, self.refresh = answer.json()["access_token"], answer.json()["refresh_token"]
        return answer


def read(answer: httpx2.Response) -> Answer:
    """Read the answer to a tool call, be it an event stream or JSON."""
    text = answer.text
    events = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    if answer.status_code != 200:
        return Answer(answer.status_code, text, is_error=True)
    content = json.loads(events[-1] if events else text)
    if "error" in content:
        return Answer(200, str(content["error"].get("message")), is_error=True)
    result = content["result"]
    said = "\n".join(block["text"] for block in result["content"] if block["type"] == "text")
    return Answer(200, said, is_error=bool(result.get("isError")))


async def register(house: Replicas, *, to: Program | None = None) -> str:
    """Register an MCP client and return its id; many people may share it."""
    document = {"client_name": "Test program", "redirect_uris": [REDIRECT]}
    answer = await house.http.post("/register", json=document, extensions=at(to), headers=_somebody())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])


async def sign_in(
    house: Replicas,
    handle: str,
    *,
    client_id: str | None = None,
    level: str = "everything",
    to: Program | None = None,
) -> Person:
    """Let a simulated person sign in: our consent page, Spotify's page, the code, the tokens.

    Args:
        house: Where.
        handle: Who.
        client_id: Their MCP client; a new one when omitted.
        level: What they choose on the consent page.
        to: The replica that gets all requests; any, each time anew, when omitted.

    Raises:
        TransportError: A connection failed, as it does when the replica is killed.
    """
    client_id = client_id or await register(house, to=to)
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "the-state",
        "resource": f"{PUBLIC_URL}/mcp",
    }
    async with house.browser() as browser:
        answer = await _agree(house, browser, f"/authorize?{urlencode(asked)}", handle, level=level, to=to)
        assert answer.is_redirect, answer.text
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(answer.headers["location"]).query)["code"][0],
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
        }
        tokens = await browser.post("/token", data=form, extensions=at(to))
    assert tokens.status_code == 200, tokens.text
    given = tokens.json()
    return Person(house, handle, client_id, given["access_token"], given["refresh_token"])


async def follow(house: Replicas, link: str, handle: str, *, level: str = "everything") -> str:
    """Open a sign-in link that a tool answered, agree, and return the page that ends it."""
    async with house.browser() as browser:
        answer = await _agree(house, browser, link, handle, level=level, to=None)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _agree(
    house: Replicas, browser: httpx2.AsyncClient, address: str, handle: str, *, level: str, to: Program | None
) -> httpx2.Response:
    """Begin at an address of ours, agree on our page and on Spotify's; returns how our callback answers."""
    browser.headers |= _somebody()
    first = await browser.get(address, extensions=at(to))
    assert first.is_redirect, first.text
    page = await browser.get(first.headers["location"], extensions=at(to))
    assert page.status_code == 200, page.text
    press = {**_hidden(page), "level": level, "decision": "allow"}
    answer = await browser.post("/consent", data=press, headers={"Origin": PUBLIC_URL}, extensions=at(to))
    assert answer.status_code == 303, answer.text
    return await approve(house, browser, answer, handle, to=to)


async def approve(
    house: Replicas, browser: httpx2.AsyncClient, answer: httpx2.Response, handle: str, *, to: Program | None
) -> httpx2.Response:
    """Agree on Spotify's page, to which this answer of ours leads; returns how our callback answers."""
    spotify = house.simulator.url
    while answer.headers.get("location", "").startswith(spotify):  # twice if other clients have more
        sent_back = await browser.get(answer.headers["location"])
        if not sent_back.is_redirect:
            press = {**_hidden(sent_back), "user": handle, "decision": "approve"}
            sent_back = await browser.post(f"{spotify}/authorize", data=press)
        answer = await browser.get(sent_back.headers["location"], extensions=at(to))
    return answer


def _hidden(page: httpx2.Response) -> dict[str, str]:
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in pairs}


def _somebody() -> dict[str, str]:
    """An address of one's own, as a proxy tells it, so that limits by address do not meet tests."""
    return {
        "X-Forwarded-For": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    }


@asynccontextmanager
async def library(house: Replicas, *, ago: float = 0.0) -> AsyncIterator[Parts]:
    """Open what the replicas are made of in the test's own process, on the same database.

    Args:
        house: Whose.
        ago: How many seconds earlier it is here, so that what is linked here has old access tokens.
    """
    settings = Settings.load(house.environment)
    parts = Parts.of(settings, settings.keys, clock=lambda: time.time() - ago)
    await parts.open()
    try:
        yield parts
    finally:
        await parts.close()


async def kept(inside: Parts, user_id: str) -> Kept:
    """A person's link as it is on the disk, with its tokens."""
    found = await inside.accounts._links.stored(user_id)
    assert found is not None
    return found


async def enrol(
    house: Replicas,
    people: int | Sequence[str],
    *,
    expired: bool = False,
    ago: float | None = None,
    level: str = "everything",
    app: str = "",
) -> list[Person]:
    """Make people who are linked and have MCP tokens, without the pages: about 500 a second.

    Args:
        house: Where; its replicas may be running or not.
        people: Handles of people the simulator knows, or how many new ones to make there.
        expired: Whether their Spotify access tokens are over an hour old, as we know them.
        ago: How many seconds ago they consented, as we know it. The simulator's clock is what it is.
        level: What they allow their client.
        app: The client id of the Spotify app they consented to; the simulator's default app when omitted.
    """
    if ago is None:
        ago = HOUR + 60 if expired else 0.0
    handles = [f"person-{secrets.token_hex(6)}" for _ in range(people)] if isinstance(people, int) else people
    turns = asyncio.Semaphore(_AT_ONCE)
    async with library(house, ago=ago) as inside:
        pages = build_provider(Settings.load(house.environment), replace(inside, clock=time.time)).parts
        client_id = await _client(pages)
        known = {user["handle"]: user for user in (await house.simulator.control("GET", "/users"))["users"]}

        async def one(handle: str) -> Person:
            async with turns:
                user = known.get(handle) or await house.simulator.control(
                    "POST", "/users", json={"handle": handle}
                )
                return await _enrol(house, inside, pages, user, client_id, level=level, app=app)

        return await asyncio.gather(*(one(handle) for handle in handles))


async def _client(pages: Server) -> str:
    document = OAuthClientInformationFull(
        client_id=secrets.token_hex(16),
        client_name="Test program",
        redirect_uris=[AnyUrl(REDIRECT)],
        token_endpoint_auth_method="none",
    )
    await pages.clients.register(document)
    return str(document.client_id)


async def _enrol(
    house: Replicas,
    inside: Parts,
    pages: Server,
    user: dict[str, Any],
    client_id: str,
    *,
    level: str,
    app: str,
) -> Person:
    handle = user["handle"]
    asked = {"user": handle, "client_id": app} if app else {"user": handle}
    given = await house.simulator.control("POST", "/tokens", json=asked)
    scopes = frozenset(str(given["scope"]).split())
    tokens = TokenSet(given["access_token"], given["refresh_token"], given["expires_in"], scopes, app)
    profile = User(id=user["id"], account_id=user["account_id"], display_name=user["display_name"])
    user_id = await inside.accounts.link(tokens, profile)
    consent = Consent(
        user_id=user_id,
        client_id=client_id,
        permissions=LEVELS[level],
        resource=f"{PUBLIC_URL}/mcp",
        redirect_uri=REDIRECT,
        redirect_uri_explicit=True,
        code_challenge="-",
    )
    issued = await pages.codes.redeem(client_id, await pages.codes.issue(consent), user_id)
    return Person(house, handle, client_id, issued.access_token, issued.refresh_token, user_id)
