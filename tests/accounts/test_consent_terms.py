"""The operator's terms: how long a consent counts here, and how early its end is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import ConsentTerms, LinkState
from auxcord.accounts.link import consent_end
from auxcord.errors import ReauthorizationRequiredError
from tests.accounts.spotify import HOUR

if TYPE_CHECKING:
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio

DAY = 24 * HOUR


async def test_a_consent_ends_when_the_operator_says_so_and_spotify_is_not_asked_any_more(
    world: World,
) -> None:
    world.accounts = await world.another(terms=ConsentTerms(max_age=30 * DAY))
    ada = await world.link("ada")
    began = world.clock.now
    assert (await world.accounts.describe(ada)).consent_ends_at == began + 30 * DAY
    world.clock.now = began + 30 * DAY - 1
    assert await world.accounts.access_token(ada) == "access-ada-2"
    assert len(world.spotify.refreshes) == 1
    world.clock.now += 1
    assert (await world.accounts.describe(ada)).state is LinkState.REAUTHORIZATION_REQUIRED
    for refused in (None, "access-ada-2"):
        with pytest.raises(ReauthorizationRequiredError, match="older than this server lets"):
            await world.accounts.access_token(ada, refused=refused)
    world.clock.now += HOUR
    with pytest.raises(ReauthorizationRequiredError):
        await world.accounts.access_token(ada)
    assert len(world.spotify.refreshes) == 1
    assert await world.link("ada") == ada
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE
    assert await world.accounts.access_token(ada) == "access-ada-3"


async def test_a_limit_that_ends_while_a_refresh_waits_is_heeded(world: World) -> None:
    world.accounts = await world.another(terms=ConsentTerms(max_age=2 * HOUR))
    ada = await world.link("ada")
    world.clock.now += 2 * HOUR - 1
    link = (await world.kept(ada)).link
    refresher, app = world.accounts._refresher, world.accounts.apps.first
    world.clock.now += 1
    with pytest.raises(ReauthorizationRequiredError):
        await refresher.renew(ada, app, margin=link.margin)
    assert world.spotify.refreshes == []


async def test_a_limit_longer_than_spotifys_changes_nothing(world: World) -> None:
    world.accounts = await world.another(terms=ConsentTerms(max_age=400 * DAY))
    ada = await world.link("ada")
    began = world.clock.now
    assert (await world.accounts.describe(ada)).consent_ends_at == consent_end(began)
    world.clock.now = consent_end(began) + 1
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE  # until Spotify says otherwise
    assert await world.accounts.access_token(ada) == "access-ada-2"


async def test_a_limit_counts_for_links_made_before_it_was_set(world: World) -> None:
    ada = await world.link("ada")
    world.clock.now += 40 * DAY
    stricter = await world.another(terms=ConsentTerms(max_age=30 * DAY))
    with pytest.raises(ReauthorizationRequiredError):
        await stricter.access_token(ada)
    assert await world.accounts.access_token(ada) == "access-ada-2"  # a process without the limit


@pytest.mark.parametrize("warning", [0.0, 3 * DAY, 20 * DAY])
async def test_the_end_is_announced_as_early_as_the_operator_says(world: World, warning: float) -> None:
    world.accounts = await world.another(terms=ConsentTerms(max_age=30 * DAY, warning=warning))
    ada = await world.link("ada")
    began = world.clock.now
    for age, soon in ((30 * DAY - warning, False), (30 * DAY - warning + 1, True)):
        world.clock.now = began + age
        assert (await world.accounts.describe(ada)).ends_soon == soon
