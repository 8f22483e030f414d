"""What the adversaries are up against: four processes on one store, and two honest people who use it."""

from __future__ import annotations

import re
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import httpx2

from auxcord.authorization.clients import Client
from auxcord.authorization.codes import Consent
from auxcord.caller import LEVELS
from auxcord.simulator.accounts.sign_in import SESSION_COOKIE
from tests.authorization.house import answer_consent, challenge_of, fields_of
from tests.people import REDIRECT, Person, enrol, kept, library
from tests.replicas import PUBLIC_URL, Route, at, replicas
from tests.revisions import LEGACY, MODERN, Wire
from tests.security.adversaries.attempts import somewhere
from tests.security.several import PROCESSES, Code, one_more_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from auxcord.authorization.parts import Parts
    from tests.replicas import Replicas

OURS: Final = {"Origin": PUBLIC_URL}
ACCOUNT_COOKIE: Final = "aux_account"
DOCUMENT: Final = "https://client.example/oauth/client.json"
"""The id of the malicious client that publishes what it is."""
WEB: Final = "https://client.example/cb"
ALLOWED: Final = ("mallory", "mallory-two", "mallory-three", "mallory-four", "mallory-five")
TRACK: Final = re.compile(r"spotify:track:\w{22}")
PLAYLIST: Final = re.compile(r"spotify:playlist:(\w{22})")


class Shared(httpx2.AsyncBaseTransport):
    """Connections that somebody else closes."""

    def __init__(self, route: Route) -> None:
        self._route = route

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request."""
        return await self._route.handle_async_request(request)


@dataclass
class Honest:
    """Somebody who minds their own business.

    Attributes:
        person: Them, with their everyday client.
        mark: Stands in their Spotify id, their name and their playlist's name.
        browser: Theirs; signed in to their account page.
        playlist: The id of a playlist that nobody else knows of.
        known: The id of another one, which the adversaries may know: Spotify shows whose it is to anybody.
        tracks: What is in both.
        calls: How many calls they made.
        failed: What went wrong with them: an error, or somebody else's mark.
    """

    person: Person
    mark: str
    browser: httpx2.AsyncClient = field(init=False)
    playlist: str = ""
    known: str = ""
    tracks: list[str] = field(default_factory=list)
    calls: int = 0
    failed: list[str] = field(default_factory=list)
    wires: dict[str, Wire] = field(default_factory=dict)
    asks: Iterator[tuple[str, str, dict[str, Any]]] = field(default_factory=lambda: cycle(()))

    def wire(self, revision: str = MODERN, **options: Any) -> Wire:
        """A client program of theirs."""
        return Wire(self.person.house.http, self.person.access, revision, **options)

    async def go_on(self) -> None:
        """Make the next of their everyday calls, at any process; it has to work and to show nobody else."""
        revision, tool, arguments = next(self.asks)
        process = self.person.house.any()
        wire = self.wires.setdefault(f"{revision} {process.port}", self.wire(revision))
        reply = await wire.call(tool, arguments, extensions=at(process))
        self.calls += 1
        foreign = set(re.findall(r"zq[0-9a-f]{12}|mallory", reply.body.lower())) - {self.mark}
        if reply.is_error or foreign or self.mark not in reply.body:
            self.failed.append(f"{tool}: {reply.status} {foreign} {reply.body[:200]}")

    async def is_well(self) -> bool:
        """Whether their link, access and playlist are as they were."""
        account = await self.wire().call("get_account")
        lists = [
            await self.wire().call("get_playlist", {"playlist": f"spotify:playlist:{one}"})
            for one in (self.playlist, self.known)
        ]
        session = await self.browser.get("/account")
        told = [account.text, session.text, *(shown.text for shown in lists)]
        return (
            not account.is_error
            and "works" in account.text
            and "this client may: read, playback, edit" in account.text
            and [TRACK.findall(shown.text) for shown in lists] == [self.tracks, self.tracks]
            and all(self.mark in text for text in told)
        )


@dataclass
class Stage:
    """Everything that is there.

    Attributes:
        house: The processes and the simulated Spotify.
        route: Leads to them.
        server: The authorization server of one more process on the same store.
        ada: An honest person whose ids the adversaries know.
        bo: Another, of whom they know nothing.
        mallory: The adversaries' own person, who is linked here like anybody.
        tracks: Some tracks.
        dead: Access tokens that must work nowhere when all is over.
    """

    house: Replicas
    route: Route
    server: Parts
    ada: Honest
    bo: Honest
    mallory: Person
    tracks: list[str]
    dead: list[str] = field(default_factory=list)

    @property
    def honest(self) -> tuple[Honest, Honest]:
        """Both of them."""
        return self.ada, self.bo

    @property
    def calls(self) -> int:
        """How many calls the honest people have made."""
        return sum(honest.calls for honest in self.honest)

    def browser(self) -> httpx2.AsyncClient:
        """A new browser: cookies and an address of its own, and connections that all of them share."""
        return httpx2.AsyncClient(
            base_url=PUBLIC_URL,
            transport=Shared(self.route),
            timeout=60,
            trust_env=False,
            headers={"X-Forwarded-For": somewhere()},
        )

    async def sacrifice(self, honest: Honest | Person, *, level: str = "everything") -> Person:
        """Another client of somebody's, which the adversaries may ruin."""
        person = honest.person if isinstance(honest, Honest) else honest
        code = await Code.of(person, self.server, level=level)
        given = (await code.redeem(self.house.any())).json()
        return Person(
            self.house,
            person.handle,
            person.client_id,
            given["access_token"],
            given["refresh_token"],
            person.user_id,
        )

    async def linked(self, handle: str) -> Person:
        """Somebody of the adversaries', newly linked."""
        (person,) = await enrol(self.house, [handle])
        return person

    async def word_of(self, person: Person) -> str:
        """The word by which somebody's own client may confirm that everything is to be erased."""
        reply = await Wire(self.house.http, person.access).call("disconnect_account")
        assert "confirm=" in reply.text, reply.body
        return reply.text.partition("confirm=")[2].split()[0]

    async def grant_of(self, person: Person) -> str:
        """The id of the grant behind a person's access token."""
        found = await self.server.verification.verify(person.access)
        assert found is not None
        return str(found.token)

    async def works(self, person: Person) -> bool:
        """Whether somebody's access token still works."""
        return (await person.call("get_account")).works


# --- Walking through the pages ------------------------------------------------------------------------------


def authorize_url(client_id: str, **changes: str | None) -> str:
    """The address a client opens; a change to None leaves a parameter out."""
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
        "state": "the-state",
        "resource": f"{PUBLIC_URL}/mcp",
        **changes,
    }
    return f"/authorize?{urlencode({name: value for name, value in asked.items() if value is not None})}"


async def at_spotify(house: Replicas, browser: httpx2.AsyncClient, where: str, handle: str) -> str:
    """Agree at Spotify as somebody, whoever was signed in there; returns where Spotify sends the browser."""
    if SESSION_COOKIE in browser.cookies:
        browser.cookies.delete(SESSION_COOKIE)
    answer = await browser.get(where)
    if not answer.is_redirect:
        form = {**fields_of(answer), "user": handle, "decision": "approve"}
        answer = await browser.post(f"{house.simulator.url}/authorize", data=form)
    assert answer.is_redirect, answer.text
    return str(answer.headers["location"])


async def finish(house: Replicas, browser: httpx2.AsyncClient, where: str, handle: str) -> httpx2.Response:
    """Go to Spotify and back until we answer for good."""
    while where.startswith(house.simulator.url):
        answer = await browser.get(await at_spotify(house, browser, where, handle))
        where = answer.headers.get("location", "")
    return answer


async def code_for(
    house: Replicas, browser: httpx2.AsyncClient, page: httpx2.Response, handle: str, *, level: str
) -> httpx2.Response:
    """Agree on a consent page and at Spotify; returns the answer that leads back to the client."""
    return await finish(house, browser, await answer_consent(browser, page, level=level), handle)


async def sign_in_to_account(house: Replicas, browser: httpx2.AsyncClient, handle: str) -> httpx2.Response:
    """Sign somebody in to their account page; returns our last answer before the page."""
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
    return await finish(house, browser, away.headers["location"], handle)


async def proof_on(browser: httpx2.AsyncClient, path: str = "/account") -> str:
    """The form token on a page of somebody's account."""
    return fields_of(await browser.get(path))["csrf"]


# --- Setting it up ------------------------------------------------------------------------------------------


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Start everything."""
    marks = [f"zq{secrets.token_hex(6)}" for _ in range(2)]
    settings = {
        "AUXCORD_ALLOWED_USERS": ",".join([*marks, *ALLOWED]),
        "AUXCORD_RATE_LIMIT_REGISTRATIONS": "6/min burst 30",  # as it is by default
        "AUXCORD_TRUSTED_PROXIES": "127.0.0.1",  # so that everybody can have an address of their own
    }
    async with replicas(PROCESSES, settings=settings) as house:
        for handle in ALLOWED[:-1]:
            await house.simulator.control("POST", "/users", json={"handle": handle, "saved_tracks": 60})
        for mark in marks:
            made = {"handle": mark, "display_name": f"Honest {mark}", "saved_tracks": 60}
            await house.simulator.control("POST", "/users", json=made)
        ada, bo, mallory = await enrol(house, [*marks, "mallory"])
        async with one_more_process(house) as server, Route(house) as route:
            everybody = [Honest(person, person.handle) for person in (ada, bo)]
            stage = Stage(house, route, server, *everybody, mallory, [])
            found = await mallory.call("list_library", {"kind": "tracks", "limit": 5})
            stage.tracks = TRACK.findall(found.text)[:2]
            assert len(stage.tracks) == 2, found.text
            await _publish(server)
            for honest in stage.honest:
                await _settle(stage, honest)
            yield stage


async def _settle(stage: Stage, honest: Honest) -> None:
    """Give somebody a playlist, a signed-in browser, and things to do."""
    honest.tracks = stage.tracks
    for name in ("Only", "Known"):
        asked = {"name": f"{name} {honest.mark}", "uris": stage.tracks}
        made = await honest.person.call("create_playlist", asked)
        assert not made.is_error, made.text
        honest.playlist, honest.known = honest.known, PLAYLIST.findall(made.text)[0]
    honest.browser = stage.browser()
    await sign_in_to_account(stage.house, honest.browser, honest.mark)
    playlist = {"playlist": f"spotify:playlist:{honest.playlist}"}
    everyday: list[tuple[str, dict[str, Any]]] = [
        ("get_playlist", playlist),
        ("get_account", {}),
        ("list_library", {"kind": "playlists"}),
    ]
    honest.asks = cycle([(revision, *one) for one in everyday for revision in (MODERN, LEGACY)])


async def _publish(server: Parts) -> None:
    """Let the document of the malicious client have been read a moment ago, as its sign-ins would."""
    document = {
        "client_id": DOCUMENT,
        "client_name": "Published",
        "redirect_uris": [REDIRECT, WEB],
        "token_endpoint_auth_method": "none",
        "fresh_seconds": 24 * 3600,
    }
    await server.clients.publish(Client.model_validate(document))


async def secrets_of(stage: Stage) -> dict[str, str]:
    """What nobody but its owner may ever receive, by what it is."""
    found: dict[str, str] = {}
    async with library(stage.house) as inside:
        for name, honest in (("Ada", stage.ada), ("Bo", stage.bo)):
            link = (await kept(inside, honest.person.user_id)).link
            found |= {
                f"{name}'s MCP access token": honest.person.access,
                f"{name}'s MCP refresh token": honest.person.refresh,
                f"{name}'s Spotify access token": link.access_token,
                f"{name}'s Spotify refresh token": link.refresh_token,
                f"{name}'s page session": honest.browser.cookies[ACCOUNT_COOKIE],
            }
    found["Bo's mark, in id, name and playlist"] = stage.bo.mark
    found["Bo's id here"] = stage.bo.person.user_id
    found["Bo's playlist"] = stage.bo.playlist
    found["Ada's playlist's name"] = f"Only {stage.ada.mark}"
    return found


def consent_for(person: Person, *, client_id: str, level: str, challenge: str) -> Consent:
    """What a person agreed to for some client, with a challenge of that client's."""
    return Consent(
        user_id=person.user_id,
        client_id=client_id,
        permissions=LEVELS[level],
        resource=f"{PUBLIC_URL}/mcp",
        redirect_uri=REDIRECT,
        redirect_uri_explicit=True,
        code_challenge=challenge,
    )
