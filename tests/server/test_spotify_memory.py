"""What the assembled server remembers of Spotify: answers for moments, the kind of app for good."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from auxcord.errors import NotLinkedError
from auxcord.server.assembly import Parts
from auxcord.server.callers import LocalCallers
from auxcord.server.connections import LocalConnection
from auxcord.server.settings import Settings
from auxcord.simulator import create_app
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.modes import Mode
from auxcord.spotify.oauth import TokenSet
from auxcord.spotify.tokens import JustIssued
from auxcord.vault import KeyRing
from auxcord.vault.questions import Questions
from tests.spotify.upstream import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

ORIGIN = "http://127.0.0.1:8889"


class Home:
    """One person's server over a simulated Spotify, started as often as wanted."""

    def __init__(self, folder: Path, profile: Any) -> None:
        self.clock = Clock(1_795_000_000.0)
        self.upstream = httpx2.ASGITransport(create_app(profile=profile, clock=self.clock))
        self.control = httpx2.AsyncClient(transport=self.upstream, base_url=f"{ORIGIN}/_simulator")
        self.key = KeyRing.new_key()
        self.settings = Settings.load(
            {
                "SPOTIFY_CLIENT_ID": "0" * 31 + "1",
                "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'data' / 'auxcord.db'}",
                "AUXCORD_SPOTIFY_API_URL": f"{ORIGIN}/v1",
                "AUXCORD_SPOTIFY_ACCOUNTS_URL": ORIGIN,
            },
            command="stdio",
        )

    @asynccontextmanager
    async def started(self) -> AsyncIterator[tuple[Parts, LocalCallers]]:
        parts = Parts.of(self.settings, [self.key], upstream=self.upstream, clock=self.clock)
        await parts.open()
        connection = LocalConnection(parts.vault, parts.accounts, parts.apps.first)
        questions = Questions(parts.vault, parts.store, clock=parts.clock)
        yield (
            parts,
            LocalCallers(
                parts.vault, parts.accounts, questions, connection, clock=parts.clock, cache=parts.cache
            ),
        )
        await parts.close()

    async def link(self, parts: Parts) -> str:
        issued = (await self.control.post("/tokens", json={"user": "ada"})).json()
        scopes = frozenset(issued["scope"].split())
        tokens = TokenSet(issued["access_token"], issued["refresh_token"], 3600, scopes)
        profile = await SpotifyClient(
            parts.apps.first.transport, JustIssued(tokens.access_token)
        ).profile.me()
        return await parts.accounts.link(tokens, profile)

    async def asked(self) -> int:
        log = (await self.control.get("/requests")).json()
        return sum(entry["path"].startswith("/v1/") for entry in log["requests"])


async def test_what_was_asked_a_moment_ago_is_not_asked_again_by_the_next_call(tmp_path: Path) -> None:
    home = Home(tmp_path, "development")
    async with home.started() as (parts, callers):
        await home.link(parts)
        first = await (await callers.of_call()).spotify.library.tracks(50)
        before = await home.asked()
        assert await (await callers.of_call()).spotify.library.tracks(50) is first
        assert await home.asked() == before


async def test_who_disconnects_leaves_nothing_behind_in_memory(tmp_path: Path) -> None:
    home = Home(tmp_path, "development")
    async with home.started() as (parts, callers):
        user_id = await home.link(parts)
        caller = await callers.of_call()
        page = await caller.spotify.library.tracks(50)
        assert parts.cache.status().people == 1
        await caller.accounts.forget(user_id)
        assert parts.cache.status()[:3] == (0, 0, 0)
        for read in (caller.spotify.library.tracks, caller.spotify.playback.state):
            with pytest.raises(NotLinkedError):
                await read()
        with pytest.raises(NotLinkedError):
            await callers.of_call()
        assert parts.cache.status().entries == 0
        assert page.total == 10_000


@pytest.mark.parametrize("profile", ["development", "legacy-development", "extended"])
async def test_the_kind_of_app_is_known_after_a_restart_without_asking(tmp_path: Path, profile: str) -> None:
    home = Home(tmp_path, profile)
    async with home.started() as (parts, callers):
        await home.link(parts)
        assert (await callers.of_call()).spotify.mode is Mode.UNKNOWN
        assert await (await callers.of_call()).spotify.find_mode() == profile
    before = await home.asked()
    async with home.started() as (_, callers):
        assert (await callers.of_call()).spotify.mode == profile
        assert await (await callers.of_call()).spotify.find_mode() == profile
    assert await home.asked() == before


async def test_what_is_noted_belongs_to_one_app(tmp_path: Path) -> None:
    home = Home(tmp_path, "development")
    async with home.started() as (parts, callers):
        await home.link(parts)
        await (await callers.of_call()).spotify.find_mode()
    home.settings = home.settings.model_copy(update={"client_id": "f" * 32})
    async with home.started() as (_, callers):
        assert (await callers.of_call()).spotify.mode is Mode.UNKNOWN
