"""Linking, linking again, telling people apart, and when a consent ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from auxcord.accounts import LinkState
from auxcord.accounts.link import consent_end
from auxcord.errors import (
    AlreadyLinkedError,
    NotLinkedError,
    ReauthorizationRequiredError,
    SpotifySignInError,
    VaultCorruptError,
)
from tests.accounts.spotify import HOUR, profile

if TYPE_CHECKING:
    from tests.accounts.conftest import World

DAY = 24 * 3600


@pytest.mark.anyio
async def test_a_new_link_works_without_asking_spotify_again(world: World) -> None:
    ada = await world.link("ada")
    assert await world.accounts.access_token(ada) == "access-ada-1"
    assert world.spotify.refreshes == []


@pytest.mark.anyio
async def test_the_description_tells_everything_but_the_tokens(world: World) -> None:
    ada = await world.accounts.link(world.spotify.consent("ada", scopes="b a"), profile("ada"))
    link = await world.accounts.describe(ada)
    assert link.user_id == ada
    assert link.state is LinkState.ACTIVE
    assert link.scopes == {"a", "b"}
    assert (link.display_name, link.spotify_user_id) == ("Ada", "ada")
    assert link.consented_at == world.clock.now
    assert link.consent_ends_at == consent_end(world.clock.now)
    shown = repr(link) + msgspec.json.encode(link).decode()
    kept = (await world.kept(ada)).link
    for token in ("access-ada-1", "refresh-ada-1"):
        assert token not in shown + repr(kept) + str(kept.__rich_repr__())


@pytest.mark.anyio
async def test_linking_again_keeps_the_person_and_renews_the_consent(world: World) -> None:
    ada = await world.link("ada")
    world.clock.now += 100 * DAY
    assert await world.link("ada") == ada
    link = await world.accounts.describe(ada)
    assert link.consented_at == world.clock.now
    assert await world.accounts.access_token(ada) == "access-ada-2"


@pytest.mark.anyio
async def test_linking_again_heals_a_link_that_ended(world: World) -> None:
    ada = await world.link("ada")
    world.spotify.revoke("ada")
    world.clock.now += HOUR
    with pytest.raises(ReauthorizationRequiredError):
        await world.accounts.access_token(ada)
    assert await world.link("ada") == ada
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE
    assert await world.accounts.access_token(ada) == "access-ada-2"


@pytest.mark.anyio
async def test_another_account_than_the_persons_is_refused_and_changes_nothing(world: World) -> None:
    ada = await world.link("ada")
    for other in ("bram", "bram"):
        with pytest.raises(AlreadyLinkedError):
            await world.accounts.link(world.spotify.consent(other), profile(other), expected_user=ada)
    assert await world.vault.sole_user() == ada
    assert await world.accounts.access_token(ada) == "access-ada-1"
    tokens = world.spotify.consent("ada")
    assert await world.accounts.link(tokens, profile("ada"), expected_user=ada) == ada


@pytest.mark.anyio
async def test_a_person_is_known_by_the_account_id_that_never_changes(world: World) -> None:
    ada = await world.link("ada")
    renamed = msgspec.structs.replace(profile("ada"), id="ada-2027")
    assert await world.accounts.link(world.spotify.consent("ada"), renamed) == ada
    assert (await world.accounts.describe(ada)).spotify_user_id == "ada-2027"


@pytest.mark.anyio
async def test_an_account_id_and_a_user_id_of_the_same_text_are_two_people(world: World) -> None:
    by_account = profile("x", account_id="same text")
    by_user = profile("same text", account_id=None)
    one = await world.accounts.link(world.spotify.consent("ada"), by_account)
    another = await world.accounts.link(world.spotify.consent("bram"), by_user)
    assert one != another
    assert await world.accounts.link(world.spotify.consent("bram"), by_user) == another


@pytest.mark.anyio
async def test_a_consent_without_a_refresh_token_links_nothing(world: World) -> None:
    tokens = msgspec.structs.replace(world.spotify.consent("ada"), refresh_token=None)
    with pytest.raises(SpotifySignInError):
        await world.accounts.link(tokens, profile("ada"))
    assert await world.vault.sole_user() is None


@pytest.mark.anyio
async def test_nobody_unknown_has_a_token_or_a_description(world: World) -> None:
    for user_id in ("0" * 32, "", "../x"):
        with pytest.raises(NotLinkedError):
            await world.accounts.access_token(user_id)
        with pytest.raises(NotLinkedError):
            await world.accounts.describe(user_id)
        assert not await world.accounts.forget(user_id)


@pytest.mark.anyio
async def test_a_record_of_an_unknown_form_is_corrupt_and_not_absent(world: World) -> None:
    ada = await world.link("ada")
    await world.corrupt(ada)
    with pytest.raises(VaultCorruptError):
        await world.accounts.access_token(ada)


@pytest.mark.parametrize(
    ("consented", "ends"),
    [
        ("2026-01-15T12:30:00", "2026-07-15T12:30:00"),
        ("2026-08-31T23:59:59", "2027-02-28T23:59:59"),
        ("2027-08-31T00:00:00", "2028-02-29T00:00:00"),
        ("2026-12-31T00:00:00", "2027-06-30T00:00:00"),
        ("2026-06-30T00:00:00", "2026-12-30T00:00:00"),
        ("2026-07-01T00:00:00", "2027-01-01T00:00:00"),
    ],
)
def test_a_consent_ends_six_calendar_months_later(consented: str, ends: str) -> None:
    start, end = (datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp() for each in (consented, ends))
    assert consent_end(start) == end


@pytest.mark.anyio
async def test_the_last_fourteen_days_of_a_consent_are_announced_and_refreshing_does_not_extend_it(
    world: World,
) -> None:
    ada = await world.link("ada")
    ends_at = (await world.accounts.describe(ada)).consent_ends_at
    for before, soon in ((15 * DAY, False), (14 * DAY + 1, False), (14 * DAY - 1, True), (-DAY, True)):
        world.clock.now = ends_at - before
        await world.accounts.access_token(ada)
        link = await world.accounts.describe(ada)
        assert (link.ends_soon, link.consent_ends_at) == (soon, ends_at)
    assert len(world.spotify.refreshes) > 1
