"""Signing in at the simulated accounts service."""

from __future__ import annotations

import pytest

from auxcord import errors
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth, new_pkce
from tests.spotify.simulated import APP, ORIGIN, REDIRECT, World

pytestmark = pytest.mark.anyio

HOUR = 3600.0
DAY = 24 * HOUR


async def test_a_person_signs_in_with_pkce_and_is_who_they_are(world: World) -> None:
    tokens = await world.signed_in("bram", ["user-read-private", "user-library-read"])
    assert tokens.tokens.scopes == {"user-read-private", "user-library-read"}
    assert tokens.tokens.expires_in == 3600
    me = await SpotifyClient(world.transport, tokens).profile.me()
    assert me.name == "Bram de Lange"
    assert me.account_id


async def test_an_app_without_a_secret_signs_in_as_well(world: World) -> None:
    public = SpotifyOAuth(world.http, SpotifyApp(APP.client_id), accounts_url=ORIGIN)
    pkce = new_pkce()
    back = await world.agreed("ada", pkce)
    tokens = await public.exchange_code(back["code"], redirect_uri=REDIRECT, verifier=pkce.verifier)
    assert tokens.refresh_token
    assert (await public.refresh(tokens.refresh_token)).access_token != tokens.access_token


async def test_a_code_works_once_and_only_with_its_verifier_and_redirect(world: World) -> None:
    pkce = new_pkce()
    for verifier, redirect in (
        (new_pkce().verifier, REDIRECT),
        (pkce.verifier, REDIRECT.replace("43117", "43118")),
    ):
        back = await world.agreed("ada", pkce)
        with pytest.raises(errors.InvalidGrantError):
            await world.oauth.exchange_code(back["code"], redirect_uri=redirect, verifier=verifier)
    back = await world.agreed("ada", pkce)
    await world.oauth.exchange_code(back["code"], redirect_uri=REDIRECT, verifier=pkce.verifier)
    with pytest.raises(errors.InvalidGrantError):
        await world.oauth.exchange_code(back["code"], redirect_uri=REDIRECT, verifier=pkce.verifier)


async def test_a_wrong_secret_is_told_apart_from_a_dead_sign_in(world: World) -> None:
    wrong = SpotifyOAuth(world.http, SpotifyApp(APP.client_id, "test-wrong-secret"), accounts_url=ORIGIN)
    with pytest.raises(errors.InvalidClientError):
        await wrong.refresh("test-refresh")
    with pytest.raises(errors.InvalidGrantError):
        await world.oauth.refresh("test-refresh")


async def test_an_expired_access_token_is_renewed_on_the_way(world: World) -> None:
    tokens = await world.signed_in("ada")
    world.clock.now += HOUR + 1
    assert (await SpotifyClient(world.transport, tokens).profile.me()).name == "Ada"
    assert tokens.renewals == 1


@pytest.mark.parametrize("rotation", ["none", "always", "sometimes"])
async def test_refreshing_goes_on_whatever_spotify_does_with_refresh_tokens(
    world: World, rotation: str
) -> None:
    await world.control("POST", "/settings", rotation=rotation)
    tokens = await world.signed_in("ada")
    for _ in range(4):
        await tokens.renewed(tokens.tokens.access_token)
    assert tokens.renewals == 4


async def test_six_months_after_consent_only_a_new_consent_helps(world: World) -> None:
    tokens = await world.signed_in("ada")
    world.clock.now += 170 * DAY
    await tokens.renewed(tokens.tokens.access_token)
    world.clock.now += 20 * DAY
    with pytest.raises(errors.InvalidGrantError):
        await tokens.renewed(tokens.tokens.access_token)


async def test_a_consent_taken_back_ends_refreshing(world: World) -> None:
    tokens = await world.signed_in("ada")
    await world.control("POST", "/revoke", user="ada")
    with pytest.raises(errors.InvalidGrantError):
        await tokens.renewed(tokens.tokens.access_token)


@pytest.mark.parametrize(
    "kind", ["server-error", "garbage", "truncated", "missing-fields", "huge", "reset-before", "reset-after"]
)
async def test_trouble_at_the_accounts_service_never_looks_like_the_end_of_the_sign_in(
    world: World, kind: str
) -> None:
    tokens = await world.signed_in("ada")
    more = {"fields": ["access_token"]} if kind == "missing-fields" else {}
    await world.control("POST", "/faults", kind=kind, path="/api/token", times=1, **more)
    with pytest.raises(errors.SpotifyUnavailableError):
        await tokens.renewed(tokens.tokens.access_token)
    await tokens.renewed(tokens.tokens.access_token)
