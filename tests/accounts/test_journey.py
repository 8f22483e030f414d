"""People's accounts over the simulated Spotify: sign in, months of use, withdrawal, coming back, leaving."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import Accounts, LinkState
from auxcord.errors import NotLinkedError, ReauthorizationRequiredError
from auxcord.spotify.apps import Apps
from auxcord.spotify.client import SpotifyClient
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from tests.spotify.simulated import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

HOUR = 3600
DAY = 24 * HOUR


class Linked(World):
    """The simulated Spotify, and accounts on a database of their own."""

    accounts: Accounts

    async def link(self, handle: str) -> str:
        """Somebody goes through Spotify's consent page and is linked."""
        signed_in = await self.signed_in(handle)
        me = await SpotifyClient(self.transport, signed_in).profile.me()
        return await self.accounts.link(signed_in.tokens, me)

    def spotify(self, user_id: str) -> SpotifyClient:
        return SpotifyClient(self.transport, self.accounts.tokens(user_id))

    async def refreshes(self) -> int:
        log = await self.control("GET", "/requests")
        return sum(entry["path"] == "/api/token" for entry in log["requests"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Linked]:
    async with contextlib.AsyncExitStack() as stack:
        world = Linked()
        await stack.enter_async_context(world.http)
        store = Store(f"sqlite+aiosqlite:///{tmp_path}/auxcord.db")
        await store.open()
        stack.push_async_callback(store.close)
        vault = Vault(store, KeyRing.of([KeyRing.new_key()]), clock=world.clock)
        await vault.open()
        apps = Apps.one(world.oauth, world.transport)
        world.accounts = Accounts(vault, store, apps, clock=world.clock, sleep=world.clock.sleep)
        stack.push_async_callback(world.accounts.close)
        yield world


async def test_two_people_use_their_own_accounts_for_days(world: Linked) -> None:
    ada, bram = await world.link("ada"), await world.link("bram")
    assert ada != bram
    for _ in range(10):
        names = [(await world.spotify(who).profile.me()).name for who in (ada, bram)]
        assert names == ["Ada", "Bram de Lange"]
        world.clock.now += 5 * HOUR


async def test_a_hundred_calls_after_a_night_cause_one_refresh(world: Linked) -> None:
    ada = await world.link("ada")
    world.clock.now += 8 * HOUR
    before = await world.refreshes()
    people = await asyncio.gather(*(world.spotify(ada).profile.me() for _ in range(100)))
    assert {person.name for person in people} == {"Ada"}
    assert await world.refreshes() - before == 1


@pytest.mark.parametrize("rotation", ["none", "always", "sometimes"])
async def test_months_pass_whatever_spotify_does_with_refresh_tokens(world: Linked, rotation: str) -> None:
    await world.control("POST", "/settings", rotation=rotation)
    ada = await world.link("ada")
    for _ in range(30):
        world.clock.now += 5 * DAY
        assert (await world.spotify(ada).profile.me()).name == "Ada"
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE


async def test_a_consent_ends_after_six_months_is_announced_and_a_new_one_continues(world: Linked) -> None:
    ada = await world.link("ada")
    ends_at = (await world.accounts.describe(ada)).consent_ends_at
    world.clock.now = ends_at - 13 * DAY
    assert (await world.spotify(ada).profile.me()).name == "Ada"
    assert (await world.accounts.describe(ada)).ends_soon
    world.clock.now = ends_at + DAY
    for _ in range(3):
        with pytest.raises(ReauthorizationRequiredError):
            await world.spotify(ada).profile.me()
    assert await world.link("ada") == ada
    assert (await world.spotify(ada).profile.me()).name == "Ada"
    assert not (await world.accounts.describe(ada)).ends_soon


async def test_a_person_who_removes_the_app_at_spotify_is_asked_to_sign_in_again(world: Linked) -> None:
    ada, bram = await world.link("ada"), await world.link("bram")
    await world.control("POST", "/revoke", user="ada")
    world.clock.now += HOUR
    with pytest.raises(ReauthorizationRequiredError):
        await world.spotify(ada).profile.me()
    assert (await world.accounts.describe(ada)).state is LinkState.REAUTHORIZATION_REQUIRED
    assert (await world.spotify(bram).profile.me()).name == "Bram de Lange"


async def test_who_leaves_is_gone_and_comes_back_as_somebody_new(world: Linked) -> None:
    ada = await world.link("ada")
    assert await world.accounts.forget(ada)
    with pytest.raises(NotLinkedError):
        await world.spotify(ada).profile.me()
    assert await world.link("ada") != ada
