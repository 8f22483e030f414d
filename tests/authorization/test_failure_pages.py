"""Every way in which a sign-in can fail, as a person meets it: through HTTP, with a simulated Spotify."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from auxcord.store.schema import grants, records, users
from tests.authorization.house import Program, agree, answer_consent, open_consent, query_of
from tests.authorization.several import FIRST, a_place, code_of, links_of, said, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2

    from tests.authorization.house import House
    from tests.authorization.several import Place

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def alone(folder: Path, **settings: str) -> AsyncIterator[tuple[Place, House]]:
    """A server with one Spotify app."""
    async with a_place(folder) as place, place.served(more=(), **settings) as house:
        yield place, house


async def attempt(house: House, who: str = "ada") -> httpx2.Response:
    """A person tries to connect a program; our last answer."""
    program = await Program.registered(house)
    return await agree(house, house.browser(), program.authorize_url(), person=who)


async def stored(house: House) -> list[Any]:
    """Everything personal that is stored."""
    return [row for table in (users, records, grants) for row in await house.store.fetch(select(table))]


async def test_who_refuses_at_spotify_leads_the_program_to_an_error_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with alone(tmp_path) as (place, house):
        browser, program = house.browser(), await Program.registered(house)
        arrival = await answer_consent(browser, await open_consent(browser, program.authorize_url()))
        page = await place.spotify.get(arrival)
        ticket = page.text.split('name="ticket" value="')[1].split('"')[0]
        refused = await place.spotify.post("/authorize", data={"ticket": ticket, "decision": "deny"})
        back = await browser.get(refused.headers["location"])
        assert query_of(back.headers["location"])["error"] == "access_denied"
        assert await stored(house) == []


async def test_who_takes_too_long_reads_that_the_sign_in_has_ended(tmp_path: Path) -> None:
    async with alone(tmp_path) as (place, house):
        browser, program = house.browser(), await Program.registered(house)
        arrival = await answer_consent(browser, await open_consent(browser, program.authorize_url()))
        await house.at_spotify("ada")
        back = (await place.spotify.get(arrival)).headers["location"]
        place.clock.advance(601)
        page = await browser.get(back)
        assert (page.status_code, code_of(page)) == (400, "expired")
        assert await stored(house) == []


@pytest.mark.parametrize(
    ("app", "status", "code", "words"),
    [
        ({"allow_list": ["bram"]}, 403, "spotify_user_not_registered", "User Management"),
        ({"owner_premium": False}, 503, "spotify_owner_premium_required", "Premium"),
        ({"client_secret": "test-changed-not-real"}, 500, "spotify_invalid_client", "SPOTIFY_CLIENT_SECRET"),
    ],
)
async def test_what_is_the_matter_with_the_app_is_told_and_can_be_tried_again(
    tmp_path: Path, app: dict[str, Any], status: int, code: str, words: str
) -> None:
    async with alone(tmp_path) as (place, house):
        await place.control("POST", "/apps", client_id=FIRST, **app)
        page = await attempt(house)
        assert (page.status_code, code_of(page)) == (status, code)
        assert words in page.text
        assert set(links_of(page)) == {"Try again"}
        assert "app 1" not in page.text  # there is only one, so people need not know its name
        assert await stored(house) == []


async def test_a_renewal_with_another_account_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with alone(tmp_path) as (_place, house):
        tokens = await signed_in(house, "ada")
        seen = await house.provider.load_access_token(tokens.access)
        assert seen is not None
        before = await stored(house)
        renewal = house.provider.sign_in_url(seen.token).removeprefix(house.base)
        page = await agree(house, house.browser(), renewal, person="bram")
        assert (page.status_code, code_of(page)) == (409, "already_linked")
        assert await stored(house) == before


async def test_a_full_server_says_so_and_stores_nothing(tmp_path: Path) -> None:
    async with alone(tmp_path, AUXCORD_SPOTIFY_APP_SEATS="1") as (_place, house):
        await signed_in(house, "ada")
        before = await stored(house)
        page = await attempt(house, "bram")
        assert (page.status_code, code_of(page)) == (403, "server_full")
        assert await stored(house) == before


async def test_who_is_not_on_the_operator_s_list_reads_that_and_nothing_of_them_is_stored(
    tmp_path: Path,
) -> None:
    async with alone(tmp_path, AUXCORD_ALLOWED_USERS="Ada, spotify:user:somebody") as (_place, house):
        page = await attempt(house, "bram")
        assert (page.status_code, code_of(page)) == (403, "not_admitted")
        assert "AUXCORD_ALLOWED_USERS" in page.text
        assert await stored(house) == []
        await signed_in(house, "ada")  # Spotify writes it "ada"; capitals do not matter
        assert len(await house.store.fetch(select(users))) == 1


async def test_who_is_taken_off_the_list_is_refused_until_they_are_on_it_again(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        async with place.served(more=(), AUXCORD_ALLOWED_USERS="ada") as house:
            tokens = await signed_in(house, "ada")
        await place.control("DELETE", "/requests")
        async with place.served(more=(), AUXCORD_ALLOWED_USERS="bram") as house:
            kept = await stored(house)
            answer = await said(house, tokens, "get_playback")
            assert "not on this server" in answer
            assert "[not_admitted]" in answer
            assert "not on this server" in await said(house, tokens)
            page = await attempt(house)
            assert code_of(page) == "not_admitted"
            assert [entry["path"] for entry in await place.asked()] == ["/v1/me"]  # of the sign-in alone
            assert [row for row in kept if row not in await stored(house)] == []
        async with place.served(more=(), AUXCORD_ALLOWED_USERS="ada") as house:
            assert "not_admitted" not in await said(house, tokens, "get_playback")


async def test_who_is_taken_off_the_list_can_still_have_everything_erased(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        async with place.served(more=(), AUXCORD_ALLOWED_USERS="ada") as house:
            tokens = await signed_in(house, "ada")
        async with place.served(more=(), AUXCORD_ALLOWED_USERS="bram") as house:
            answer = await said(house, tokens, "disconnect_account")
            assert "not_admitted" not in answer
            assert "erase" in answer.lower()
