"""What is driven: servers that log everything in either form, and the Spotify, people and programs around."""

from __future__ import annotations

import base64
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx2

from auxcord.audit.trail import CHAIN
from auxcord.server.listener import bind, port_of, serving
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID
from tests.people import Person, kept, library
from tests.processes import free_port, starter
from tests.replicas import PUBLIC_URL, Replicas, Route, spotify_at
from tests.security.canaries.ears import Listening, Upstream
from tests.security.canaries.ledger import (
    APP_SECRET,
    DERIVED_KEY,
    EMAIL,
    ENCRYPTION_KEY,
    NAME,
    SPOTIFY_ACCESS,
    SPOTIFY_REFRESH,
    TRACE_HEADER,
    Ledger,
)
from tests.telemetry.collector import collector
from tests.telemetry.monitor import scrape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.processes import Program, Starter
    from tests.telemetry.collector import Received

OTHER_APP: Final = "0" * 31 + "2"
FORMS: Final = ("text", "json")


class Overheard(Replicas):
    """Replicas whose answers are all written down."""

    def __init__(self, folder: Path, starter: Starter, settings: dict[str, str], ledger: Ledger) -> None:
        self.ledger = ledger
        super().__init__(folder, starter, settings)

    def browser(self) -> httpx2.AsyncClient:
        """A client with cookies of its own."""
        wire = Listening(Route(self), self.ledger, lambda: self.simulator.url)
        return httpx2.AsyncClient(base_url=PUBLIC_URL, transport=wire, timeout=60, trust_env=False)


@dataclass
class Stage:
    """Everything there is.

    Attributes:
        house: The servers.
        upstream: Their Spotify.
        ledger: The secrets, and what was told.
        traces: What their traces' collector got.
        starter: Starts commands.
        handle: Who the person with the telling name is at Spotify.
        ports: Where each server tells its metrics.
        paths: What was driven, each once.
    """

    house: Overheard
    upstream: Upstream
    ledger: Ledger
    traces: Received
    starter: Starter
    handle: str
    ports: dict[str, int] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def only(self, server: Program | None) -> None:
        """Let all requests go to this server; None: to any."""
        for each in self.house.all:
            each.up = server is None or each is server

    async def fault(self, kind: str, path: str, **rule: Any) -> None:
        """Put a rule for trouble at Spotify in force."""
        await self.house.simulator.fault(kind, path=path, **rule)

    async def note_kept(self, *people: Person) -> None:
        """Note what only the vault knows: people's tokens at Spotify, their keys, and ours."""
        self.upstream.note_tokens()
        async with library(self.house) as inside:
            for person in people:
                link = (await kept(inside, person.user_id)).link
                self.ledger.note(SPOTIFY_ACCESS, link.access_token)
                self.ledger.note(SPOTIFY_REFRESH, link.refresh_token)
            keys = [held.key for held in inside.vault._data_keys._unwrapped.values()]
            keys += [inside.vault.derived(CHAIN), inside.vault._index._key or b""]
            assert len(keys) >= 2 + len(people)
            for key in keys:
                self.note_key(key)

    def note_key(self, key: bytes) -> None:
        """Note a key of bytes, in each way such a one is written; the search knows further forms of each."""
        for text in (key.hex(), base64.b64encode(key).decode(), repr(key)[2:-1]):
            self.ledger.note(DERIVED_KEY, text)

    async def hear_metrics(self) -> None:
        """Keep what every server tells a monitor."""
        for name, port in self.ports.items():
            page = await scrape(port)
            assert "auxcord_" in page.text
            self.ledger.hear("metrics", f"/metrics of {name}", page.text)

    def hear_logs(self) -> None:
        """Keep what every server has logged, and what the collector of traces got."""
        for server in self.house.all:
            self.ledger.hear("logs", f"log of {server.log.stem}", server.log.read_bytes())
        self.ledger.hear("traces", "traces", self.traces.bytes)


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Start one server for each form of log, with metrics and traces, before a Spotify of our own."""
    ledger = Ledger()
    handle = f"can-{secrets.token_hex(3)}"
    name, email = f"Not a secret {secrets.token_hex(8)} é & <b>", f"{handle}@{secrets.token_hex(8)}.example"
    app_secret, other_secret, header = (secrets.token_hex(16) for _ in range(3))
    upstream = Upstream(ledger, email)
    listener = bind("127.0.0.1", 0)
    settings = {
        "SPOTIFY_CLIENT_SECRET": app_secret,
        "AUXCORD_SPOTIFY_APPS": f"{OTHER_APP}:{other_secret}",
        "AUXCORD_LOG_LEVEL": "debug",
        "AUXCORD_TRACES": "true",
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{header}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    for kind, secret in ((APP_SECRET, app_secret), (APP_SECRET, other_secret), (TRACE_HEADER, header)):
        ledger.note(kind, secret)
    ledger.note(NAME, name)
    ledger.note(EMAIL, email)
    async with starter() as starting, collector() as traces, serving(upstream, listener, lifespan=False):
        house = Overheard(folder, starting, settings, ledger)
        house.simulator.program.port = port_of(listener)
        house.environment |= spotify_at(house.simulator.url) | {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url}
        ledger.note(ENCRYPTION_KEY, house.key)
        stage = Stage(house, upstream, ledger, traces, starting, handle)
        await _register_apps(stage, app_secret, other_secret)
        await house.simulator.control(
            "POST", "/users", json={"handle": handle, "display_name": name, "saved_tracks": 20, "plays": 5}
        )
        try:
            yield stage
        finally:
            await house.http.aclose()


async def _register_apps(stage: Stage, first: str, other: str) -> None:
    callback = [f"{PUBLIC_URL}/callback", "http://127.0.0.1/callback"]
    for client_id, secret in ((DEFAULT_CLIENT_ID, first), (OTHER_APP, other)):
        app = {"client_id": client_id, "client_secret": secret, "redirect_uris": callback, "name": "An app"}
        await stage.house.simulator.control("POST", "/apps", json={**app, "profile": "extended"})


async def add_servers(stage: Stage) -> None:
    """Start a server for each form of log; the keys of the second one lie in a file."""
    keys = stage.house.folder / "keys"
    keys.write_text(stage.house.key)
    keys.chmod(0o600)
    for form in FORMS:
        port = free_port()
        settings = {"AUXCORD_LOG_FORMAT": form, "AUXCORD_METRICS_PORT": str(port)}
        if form == "json":
            settings |= {"AUXCORD_ENCRYPTION_KEYS": "", "AUXCORD_ENCRYPTION_KEYS_FILE": str(keys)}
        await stage.house.add(**settings)
        stage.ports[form] = port
