"""People who have a link already and come back, perhaps by way of another Spotify app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.store.schema import users
from tests.authorization.house import query_of, to_spotify
from tests.authorization.several import (
    FIRST,
    SECOND,
    SPOTIFY_TOKEN,
    THIRD,
    Place,
    a_place,
    again,
    code_of,
    links_of,
    said,
    signed_in,
    taken,
    tries,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with a_place(tmp_path) as place:
        yield place


async def test_who_returns_by_another_browser_ends_up_with_their_own_app(place: Place) -> None:
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        first = await signed_in(house, "ada")
        second = await signed_in(house, "ada")  # the first app is full, so this one begins at the second
        assert [query_of(f"?{entry['query']}")["client_id"] for entry in await place.asked("/authorize")] == [
            FIRST,
            SECOND,
            FIRST,
        ]
        assert await taken(house) == {FIRST: 1}
        assert (await said(house, first)).count("app 1") == (await said(house, second)).count("app 1") == 1
        link = await house.accounts._links.stored(
            (await house.store.fetch(select(users.c.user_id)))[0].user_id
        )
        assert link is not None
        assert link.link.client_id == FIRST


async def test_who_returns_by_the_same_browser_goes_straight_to_their_own_app(place: Place) -> None:
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        browser = house.browser()
        await signed_in(house, "ada", browser=browser)
        await signed_in(house, "ada", browser=browser)
        assert [query_of(f"?{entry['query']}")["client_id"] for entry in await place.asked("/authorize")] == [
            FIRST,
            FIRST,
        ]


async def test_who_is_on_the_list_of_another_app_is_told_and_may_try_that(place: Place) -> None:
    await place.control("POST", "/apps", client_id=FIRST, allow_list=["ada"])
    await place.control("POST", "/apps", client_id=SECOND, allow_list=["ada"])
    await place.control("POST", "/apps", client_id=THIRD, allow_list=["bram"])
    async with place.served() as house:
        browser = house.browser()
        page = await tries(house, "bram", browser)
        assert (page.status_code, code_of(page)) == (403, "spotify_user_not_registered")
        assert "app 1 (00000000)" in page.text
        assert "User Management" in page.text
        assert set(links_of(page)) == {"Try another app", "Try again"}
        same = await again(house, page, "Try again", browser, "bram")
        assert "app 1 (00000000)" in same.text
        page = await again(house, same, "Try another app", browser, "bram")
        assert "app 2 (22222222)" in page.text
        answer = await again(house, page, "Try another app", browser, "bram")
        assert answer.headers["location"].startswith("http://127.0.0.1:3939/callback?code=")
        assert await taken(house) == {THIRD: 1}


async def test_who_is_on_no_list_is_told_so_when_every_app_was_tried(place: Place) -> None:
    for client_id in (FIRST, SECOND):
        await place.control("POST", "/apps", client_id=client_id, allow_list=["ada"])
    async with place.served(more=(SECOND,)) as house:
        browser = house.browser()
        page = await again(house, await tries(house, "bram", browser), "Try another app", browser, "bram")
        assert code_of(page) == "spotify_user_not_registered"
        assert set(links_of(page)) == {"Try again"}
        assert (await house.store.fetch(select(users))) == []


async def test_a_person_whose_app_is_full_of_others_reads_that_and_not_that_they_are_unknown(
    place: Place,
) -> None:
    await place.control("POST", "/apps", client_id=FIRST, allow_list=["ada"])
    async with place.served(more=(), AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        await signed_in(house, "ada")
        page = await tries(house, "bram")
        assert (page.status_code, code_of(page)) == (403, "server_full")


async def test_who_was_moved_to_another_app_s_list_moves_there_when_their_own_turns_them_away(
    place: Place,
) -> None:
    await place.control("POST", "/apps", client_id=SECOND, allow_list=["ada"])
    async with place.served(more=(SECOND,)) as house:
        browser = house.browser()
        tokens = await signed_in(house, "ada", browser=browser)
        await place.control("POST", "/apps", client_id=FIRST, allow_list=["bram"])
        page = await tries(house, "ada", browser)
        assert "app 1 (00000000)" in page.text
        answer = await again(house, page, "Try another app", browser, "ada")
        assert "code=" in answer.headers["location"]
        assert await taken(house) == {SECOND: 1}
        place.clock.advance(SPOTIFY_TOKEN)
        await place.control("DELETE", "/requests")
        assert "app 2 (22222222)" in await said(house, tokens)  # the first program has it too
        assert {entry["client_id"] for entry in await place.asked("*")} == {SECOND}


async def test_a_renewal_goes_through_the_person_s_own_app(place: Place) -> None:
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        await signed_in(house, "ada")
        tokens = await signed_in(house, "bram")
        answer = await house.provider.load_access_token(tokens.access)
        assert answer is not None
        browser = house.browser()
        arrival = await to_spotify(browser, house.provider.sign_in_url(answer.token).removeprefix(house.base))
        assert query_of(arrival)["client_id"] == SECOND
