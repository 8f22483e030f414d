"""Refusals and failures of the simulated Spotify, as the client tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auxcord import errors
from auxcord.spotify.client import SpotifyClient
from tests.spotify.simulated import held, songs

if TYPE_CHECKING:
    from tests.spotify.simulated import World

pytestmark = pytest.mark.anyio


async def test_what_the_player_refuses_is_told_apart(world: World, ada: SpotifyClient) -> None:
    with pytest.raises(errors.DeviceNotFoundError):
        await ada.playback.play(device_id="0" * 40)
    with pytest.raises(errors.PlayerError, match="already"):
        await ada.playback.pause()
    dorothea = await world.client("dorothea")
    assert await dorothea.playback.state() is None
    with pytest.raises(errors.NoActiveDeviceError):
        await dorothea.playback.next()
    with pytest.raises(errors.PremiumRequiredError):
        await (await world.client("chidi")).playback.pause()


async def test_a_missing_permission_is_told_as_such(world: World) -> None:
    narrow = await world.client("ada", ["user-read-private"])
    for call in (narrow.library.tracks, narrow.playback.state, narrow.history.recently_played):
        with pytest.raises(errors.InsufficientScopeError):
            await call()


async def test_people_off_the_list_and_owners_without_premium_are_told_as_such(world: World) -> None:
    ada = await world.client("ada")
    app = {"client_id": "00000000000000000000000000000001"}
    await world.control("POST", "/apps", **app, allow_list=["bram"])
    with pytest.raises(errors.NotAllowListedError):
        await ada.profile.me()
    await world.control("POST", "/apps", **app, allow_list=None, owner_premium=False)
    with pytest.raises(errors.OwnerPremiumRequiredError):
        await ada.profile.me()


@pytest.mark.parametrize("kind", ["server-error", "reset-before", "reset-after", "truncated"])
async def test_reading_survives_passing_trouble(world: World, ada: SpotifyClient, kind: str) -> None:
    await world.control("POST", "/faults", kind=kind, path="/v1/me", times=2)
    assert (await ada.profile.me()).name == "Ada"


@pytest.mark.parametrize("kind", ["server-error", "reset-before", "reset-after"])
async def test_a_doubtful_addition_is_sent_once(world: World, ada: SpotifyClient, kind: str) -> None:
    playlist = await ada.playlists.create("Once", public=False)
    uris = await songs(ada, 2)
    await world.control("POST", "/faults", kind=kind, path="/v1/playlists/*/items", method="POST", times=1)
    with pytest.raises(errors.AmbiguousWriteError):
        await ada.playlists.add(playlist.id, uris)
    sent = [
        entry
        for entry in await world.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/items")
    ]
    assert len(sent) == 1
    assert len(await held(ada, playlist.id)) == (2 if kind == "reset-after" else 0)


@pytest.mark.parametrize(
    ("kind", "fault"), [("garbage", {}), ("huge", {}), ("missing-fields", {"fields": ["id"]})]
)
async def test_answers_that_are_none_are_told_as_such(
    world: World, ada: SpotifyClient, kind: str, fault: dict[str, Any]
) -> None:
    await world.control("POST", "/faults", kind=kind, path="/v1/me", **fault)
    with pytest.raises(errors.MalformedAnswerError):
        await ada.profile.me()


async def test_a_wrong_content_type_and_missing_optional_fields_do_not_matter(
    world: World, ada: SpotifyClient
) -> None:
    await world.control("POST", "/faults", kind="wrong-type", path="/v1/me", times=1)
    assert (await ada.profile.me()).name == "Ada"
    fields = ["images", "artists", "album", "duration_ms", "external_urls", "release_date", "added_at"]
    await world.control("POST", "/faults", kind="missing-fields", path="/v1/me/tracks", fields=fields)
    assert len((await ada.library.tracks(50)).present) == 50


async def test_the_window_and_the_quota_are_kept_to(world: World, ada: SpotifyClient) -> None:
    await world.control("POST", "/faults", kind="rate-limited", path="/v1/me", times=1, retry_after=2)
    before = world.clock.now
    await ada.profile.me()
    assert world.clock.now - before == 2.0

    await world.control("POST", "/settings", quotas={"/shows/{id}/episodes": 2})
    shows = await ada.library.shows(limit=1)
    show = shows.present[0].show
    for _ in range(2):
        await ada.catalog.show_episodes(show.id)
    already = len(await world.requests())
    for _ in range(3):
        with pytest.raises(errors.QuotaExceededError) as caught:
            await ada.catalog.show_episodes(show.id)
    assert caught.value.retry_after is not None
    assert 80_000 < caught.value.retry_after <= 90_000
    assert len(await world.requests()) == already + 1
    await ada.profile.me()


async def test_a_token_refused_without_reason_is_no_reason_to_sign_in_again(world: World) -> None:
    tokens = await world.signed_in("ada")
    await world.control("POST", "/faults", kind="unauthorized", path="/v1/me", times=1)
    assert (await SpotifyClient(world.transport, tokens).profile.me()).name == "Ada"
    assert tokens.renewals == 1
