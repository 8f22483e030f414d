"""Whose account it is, whether it works now, and what this client may do."""

import pytest

from tests.tools.door import SIGN_IN, Door, House

pytestmark = pytest.mark.anyio


async def test_the_account_says_who_it_is_what_works_and_what_is_allowed(ada: Door) -> None:
    text = await ada.ask("get_account")
    assert text.splitlines() == [
        "account: Ada (Spotify user id ada)",
        "Spotify right now: works",
        "Spotify app: app 1 (00000000), access mode not known yet",
        "Spotify consent ends: 2027-05-18",
        "this client may: read, playback, edit",
        "everything kept here, and what other clients may do: https://auxcord.example/account",
    ]


async def test_the_access_mode_is_told_once_it_is_learnt(ada: Door) -> None:
    found = await ada.ask("search", query="silver", types=["track"], limit=20)
    uris = [row.rsplit("|", 1)[1] for row in found.splitlines() if "|spotify:track:" in row]
    await ada.ask("get_items", uris=uris)
    assert "Spotify app: app 1 (00000000), development mode" in await ada.ask("get_account")


async def test_what_is_not_allowed_comes_with_where_to_allow_it(house: House) -> None:
    async with house.door("ada", level="look") as door:
        text = await door.ask("get_account")
    assert "this client may: read\n" in text
    assert f"it may not: playback, edit; the person can allow it at {SIGN_IN}" in text


async def test_consent_that_ends_soon_is_announced(ada: Door) -> None:
    ada.house.clock.now += 170 * 24 * 3600
    assert f", soon: renew it at {SIGN_IN}" in await ada.ask("get_account")


async def test_a_consent_that_is_too_small_is_announced(house: House) -> None:
    async with house.door("ada", scopes=["user-read-private", "user-library-read"]) as door:
        text = await door.ask("get_account")
    assert "Spotify consent lacks: playlist-modify-private, playlist-modify-public, " in text


async def test_an_account_whose_link_has_ended_still_answers(ada: Door) -> None:
    await ada.house.control("POST", "revoke", {"user": "ada"})
    ada.house.clock.now += 4_000
    text = await ada.ask("get_account")
    assert "account: Ada" in text
    assert "Spotify right now: Spotify no longer accepts" in text


async def test_an_account_answers_while_spotify_is_down(ada: Door) -> None:
    await ada.house.fault("server-error", "/v1/me")
    text = await ada.ask("get_account")
    assert "account: Ada" in text
    assert "Spotify right now: " in text
    assert "works" not in text


async def test_a_name_that_tries_to_hide_something_is_shown_plainly(house: House) -> None:
    async with house.door("farid") as door:
        text = await door.ask("get_account")
    assert "\u2067" not in text
    assert "account: Farid" in text


async def test_a_person_without_a_name_is_called_so(house: House) -> None:
    async with house.door("dorothea") as door:
        assert "account: without a name (Spotify user id dorothea_1911)" in await door.ask("get_account")
