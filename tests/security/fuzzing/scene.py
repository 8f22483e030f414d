"""A real server in the middle of everything: clients registered, sign-ins under way, sessions open.

What a request uses up is made anew, so that bent requests meet what they are about and not just "expired".
"""

from __future__ import annotations

import html
import re
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from auxcord.authorization.codes import Consent
from auxcord.authorization.sessions import PageSessions
from auxcord.caller import LEVELS
from auxcord.server.settings import Settings
from auxcord.server.shared import build_provider
from bench.raw import call_request
from tests.authorization.house import challenge_of
from tests.people import REDIRECT, enrol, library
from tests.processes import free_port
from tests.replicas import PUBLIC_URL, replicas
from tests.security.fuzzing.knocks import Answer, Knock, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from auxcord.authorization.parts import Parts as Pages
    from auxcord.server.assembly import Parts
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas

VERIFIER: Final = "v" * 64
OURS: Final = (("Origin", PUBLIC_URL),)
HTML: Final = (("Accept", "text/html"),)
USES: Final = 12
"""How often something that is not used up is used before there is a new one."""


class Sitting(NamedTuple):
    """Somebody's session at the account page."""

    cookies: tuple[tuple[str, str], ...]
    proofs: dict[str, str]


class Under(NamedTuple):
    """A sign-in under way."""

    cookies: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


@dataclass
class Stock:
    """Things of one kind, each good for some requests or until an answer shows that it is used up."""

    make: Callable[[], Awaitable[Any]]
    thing: Any = None
    left: int = 0

    async def get(self) -> Any:
        """One that works."""
        if self.left <= 0:
            self.thing, self.left = await self.make(), USES
        self.left -= 1
        return self.thing


@dataclass
class Scene:
    """What there is to knock at, and with."""

    house: Replicas
    server: Program
    metrics_port: int
    inside: Parts
    pages: Pages
    people: list[Person]
    stocks: dict[str, Stock] = field(default_factory=dict)

    @property
    def ada(self) -> Person:
        """Somebody with tokens that work."""
        return self.people[0]

    async def fetch(self, one: Knock) -> Answer:
        """Send a request as it is."""
        return await send(self.server.port, one.as_bytes(), method=one.method)

    async def of(self, stock: str) -> Any:
        """Something that works; see the methods named `new_…`."""
        if stock not in self.stocks:
            self.stocks[stock] = Stock(getattr(self, f"new_{stock}"))
        return await self.stocks[stock].get()

    def used_up(self, stock: str) -> None:
        """Note that what was used last works no more."""
        if stock in self.stocks:
            self.stocks[stock].left = 0

    async def new_person(self) -> Person:
        """Somebody who has just linked their account, with fresh tokens."""
        return (await enrol_in(self, 1))[0]

    async def new_code(self) -> str:
        """A code that Ada's client has not traded yet."""
        return await self.pages.codes.issue(
            Consent(
                user_id=self.ada.user_id,
                client_id=self.ada.client_id,
                permissions=LEVELS["everything"],
                resource=f"{PUBLIC_URL}/mcp",
                redirect_uri=REDIRECT,
                redirect_uri_explicit=True,
                code_challenge=challenge_of(VERIFIER),
            )
        )

    async def new_grant(self) -> str:
        """The id of what somebody gave a client."""
        person = await self.new_person()
        verified = await self.pages.verification.verify(person.access)
        assert verified is not None
        return verified.token

    async def new_sitting(self) -> Sitting:
        """A session of somebody at the account page; the page may be used to erase them."""
        person = await self.new_person()
        sessions = PageSessions(self.inside.store, self.inside.accounts.trail, clock=time.time)
        session = await sessions.open(person.user_id)
        proofs = {step: session.proof(step) for step in ("page", "erasing")}
        return Sitting((("aux_account", session.secret),), proofs)

    async def new_consent(self) -> Under:
        """A sign-in whose consent page is open."""
        query = tuple(authorize_query(self.ada.client_id).items())
        first = await self.fetch(Knock("GET", "/authorize", query, headers=HTML))
        ticket = dict(parse_qsl(urlsplit(first.header("location") or "").query))["ticket"]
        page = await self.fetch(Knock("GET", "/consent", (("ticket", ticket),), headers=HTML))
        return Under(_cookies(page), _hidden(page))

    async def new_arrival(self) -> Under:
        """A sign-in on its way back from Spotify; the fields are what comes with it."""
        under = await self.new_consent()
        form = (*under.fields, ("level", "everything"), ("decision", "allow"))
        gone = await self.fetch(Knock("POST", "/consent", headers=OURS, cookies=under.cookies, form=form))
        back = await self.house.http.get(gone.header("location") or "")
        return Under(under.cookies, tuple(parse_qsl(urlsplit(back.headers["location"]).query)))

    async def new_session(self) -> str:
        """An MCP session of revision 2025-11-25."""
        about = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "0"},
        }
        opening = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": about}
        answer = await self.fetch(Knock("POST", "/mcp", headers=self.older(), document=opening))
        return answer.header("mcp-session-id") or ""

    def older(self) -> tuple[tuple[str, str], ...]:
        """The headers of a call in revision 2025-11-25."""
        later = call_request("get_account", {}, self.ada.access)[0]
        kept = {name: value for name, value in later.items() if not name.lower().startswith("mcp-")}
        return (*kept.items(), ("MCP-Protocol-Version", "2025-11-25"))


def authorize_query(client_id: str) -> dict[str, str]:
    """What a client asks the authorization endpoint for."""
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "state": secrets.token_hex(8),
        "scope": "read playback edit",
        "resource": f"{PUBLIC_URL}/mcp",
    }


def _cookies(answer: Answer) -> tuple[tuple[str, str], ...]:
    set_now = [value.partition(";")[0] for name, value in answer.headers if name == "set-cookie"]
    return tuple((name, value) for name, _, value in (one.partition("=") for one in set_now))


def _hidden(answer: Answer) -> tuple[tuple[str, str], ...]:
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    return tuple((name, html.unescape(value)) for name, value in pairs)


async def enrol_in(scene: Scene, count: int) -> list[Person]:
    """Make people, each with a client of their own."""
    return await enrol(scene.house, count)


@asynccontextmanager
async def open_scene() -> AsyncIterator[Scene]:
    """Start the server, with a listener for metrics, and fill the stage."""
    metrics_port = free_port()
    settings = {"AUXCORD_METRICS_PORT": str(metrics_port), "AUXCORD_LOG_FORMAT": "json"}
    async with replicas(1, settings=settings) as house:
        await house.simulator.control("POST", "/auto-approve", json={"user": "ada"})
        async with library(house) as inside:
            pages = build_provider(Settings.load(house.environment), inside).parts
            people = await enrol(house, ["ada"])
            yield Scene(house, house.all[0], metrics_port, inside, pages, people)
