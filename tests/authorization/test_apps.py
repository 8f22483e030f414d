"""Several Spotify apps: who gets which, and that none slows another's people down."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from auxcord.store.schema import metadata, seats, users
from tests.authorization.house import Program, query_of, to_spotify
from tests.authorization.several import (
    FIRST,
    SECOND,
    SPOTIFY_TOKEN,
    THIRD,
    Place,
    a_place,
    code_of,
    said,
    signed_in,
    taken,
    tries,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.figures import Figures

pytestmark = pytest.mark.anyio
HOUR = 3600


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with a_place(tmp_path) as place:
        yield place


async def test_twelve_people_share_three_apps_and_every_request_carries_its_own_app_s_token(
    place: Place, figures: Figures
) -> None:
    everybody = await place.newcomers(12)
    async with place.served() as house:
        tokens = {handle: await signed_in(house, handle) for handle in everybody}
        assert await taken(house) == {FIRST: 5, SECOND: 5, THIRD: 2}
        app_of = dict(zip(everybody, [FIRST] * 5 + [SECOND] * 5 + [THIRD] * 2, strict=True))
        await place.control("DELETE", "/requests")
        place.clock.advance(SPOTIFY_TOKEN)  # everybody's access token is over: refreshing is part of it
        for tool in ("get_account", "get_playback", "get_recently_played"):
            answers = await asyncio.gather(*(said(house, tokens[handle], tool) for handle in everybody))
            assert not any('isError":true' in answer for answer in answers), answers
        asked = [*await place.asked(), *await place.asked("/api/token")]
        figures.count("requests of twelve people through three apps", len(asked), ">= 36")
        wrong = [entry for entry in asked if entry["client_id"] != app_of[entry["user"]]]
        figures.count("requests that carried another app's token", len(wrong), "== 0")
        assert Counter(entry["user"] for entry in await place.asked("/api/token")) == dict.fromkeys(
            everybody, 1
        )


async def test_an_account_tells_which_app_it_is_linked_through_and_nothing_of_others(place: Place) -> None:
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        ada, bram = await signed_in(house, "ada"), await signed_in(house, "bram")
        assert "Spotify app: app 1 (00000000)" in await said(house, ada)
        answer = await said(house, bram)
        assert "Spotify app: app 2 (22222222)" in answer
        assert "app 1" not in answer
        assert "seat" not in answer


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "rate-limited", "retry_after": HOUR},
        {"kind": "quota", "retry_after": HOUR},
        {"kind": "server-error"},
    ],
    ids=lambda trouble: trouble["kind"],
)
async def test_what_one_app_meets_does_not_slow_another_s_people(
    place: Place, trouble: dict[str, object]
) -> None:
    everybody = await place.newcomers(6)
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="2") as house:
        tokens = {handle: await signed_in(house, handle) for handle in everybody}
        await place.control("POST", "/faults", path="/v1/*", client_id=FIRST, **trouble)
        for _ in range(4):  # enough failures for a breaker to open
            refused = await asyncio.gather(
                *(said(house, tokens[handle], "get_playback") for handle in everybody[:2])
            )
            assert all('isError":true' in answer for answer in refused), refused
        before = len(await place.asked())
        answers = await asyncio.gather(
            *(said(house, tokens[handle], "get_playback") for handle in everybody[2:])
        )
        assert not any('isError":true' in answer for answer in answers), answers
        log = await place.asked()
        assert {entry["status"] for entry in log[before:]} <= {200, 204}
        first, *others = house.accounts.apps
        assert (first.transport.gate.status().closed_for > 0) == (trouble["kind"] == "rate-limited")
        for other in others:
            status = other.transport.gate.status()
            assert (status.closed_for, status.quotas) == (0, {})


async def test_a_sign_in_service_that_asks_one_app_to_slow_down_still_renews_another_s_tokens(
    place: Place,
) -> None:
    everybody = await place.newcomers(3)
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        tokens = {handle: await signed_in(house, handle) for handle in everybody}
        await place.control(
            "POST", "/faults", kind="rate-limited", path="/api/token", client_id=FIRST, retry_after=HOUR
        )
        place.clock.advance(SPOTIFY_TOKEN)
        answers = [await said(house, tokens[handle], "get_playback") for handle in everybody]
        assert ["spotify_rate_limited" in answer for answer in answers] == [True, False, False]


async def test_the_one_too_many_reads_that_the_server_is_full_and_nothing_of_them_is_stored(
    place: Place,
) -> None:
    everybody = await place.newcomers(4)
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        for handle in everybody[:3]:
            await signed_in(house, handle)
        personal = [
            table
            for name, table in metadata.tables.items()
            if name in {"users", "data_keys", "records", "seats", "grants"}
        ]
        before = [await house.store.fetch(select(table)) for table in personal]
        page = await tries(house, everybody[3])
        assert (page.status_code, code_of(page)) == (403, "server_full")
        assert [await house.store.fetch(select(table)) for table in personal] == before
        # A seat that is given up goes to the next who comes.
        gone = (await house.store.fetch(select(seats.c.user_id).where(seats.c.client_id == SECOND)))[
            0
        ].user_id
        assert await house.accounts.forget(gone)
        assert await taken(house) == {FIRST: 1, THIRD: 1}
        await signed_in(house, everybody[3])
        assert await taken(house) == {FIRST: 1, SECOND: 1, THIRD: 1}


async def test_many_who_want_the_last_seat_at_once_get_it_once_and_the_others_the_next_app(
    place: Place,
) -> None:
    """Their sign-ins were all sent to the first app while it had a seat; the link decides."""
    everybody = await place.newcomers(4)
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="2") as house:
        await signed_in(house, everybody[0])
        browsers = [house.browser() for _ in everybody[1:]]
        arrivals = [
            await to_spotify(browser, (await Program.registered(house)).authorize_url())
            for browser in browsers
        ]
        assert {query_of(arrival)["client_id"] for arrival in arrivals} == {FIRST}
        backs = []
        for handle, arrival in zip(everybody[1:], arrivals, strict=True):
            await house.at_spotify(handle)
            backs.append((await house.spotify.get(arrival)).headers["location"])
        answers = await asyncio.gather(
            *(browser.get(back) for browser, back in zip(browsers, backs, strict=True))
        )
        onward = [answer.headers["location"] for answer in answers]
        elsewhere = [query_of(one)["client_id"] for one in onward if one.startswith("http://127.0.0.1:9000")]
        assert elsewhere == [SECOND, SECOND]
        assert await taken(house) == {FIRST: 2}
        assert (await house.store.fetch(select(func.count()).select_from(users)))[0][0] == 2


async def test_people_of_an_app_that_is_no_longer_set_up_are_told_and_sign_in_through_another(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    async with place.served(AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        await signed_in(house, "ada")
        tokens = await signed_in(house, "bram")
    capsys.readouterr()
    async with place.served(more=(THIRD,), AUXCORD_SPOTIFY_APP_SEATS="1") as house:
        warned = capsys.readouterr()
        assert "not set up here" in warned.out + warned.err
        assert "22222222" in warned.out + warned.err
        before = len(await place.asked("*"))
        answer = await said(house, tokens, "get_playback")
        assert "reauthorization_required" in answer
        assert "/renew?grant=" in answer
        assert "no longer uses" in await said(house, tokens)
        assert len(await place.asked("*")) == before
        await signed_in(house, "bram")
        assert await taken(house) == {FIRST: 1, THIRD: 1}
        assert 'isError":true' not in await said(house, tokens, "get_playback")


async def test_an_app_that_turns_out_to_have_extended_access_takes_any_number(tmp_path: Path) -> None:
    async with a_place(tmp_path, profile="extended") as place:
        everybody = await place.newcomers(7)
        async with place.served(more=()) as house:
            for handle in everybody:
                await signed_in(house, handle)
            assert await taken(house) == {FIRST: 7}


async def test_an_app_in_development_mode_takes_five(place: Place) -> None:
    everybody = await place.newcomers(6)
    async with place.served(more=()) as house:
        for handle in everybody[:5]:
            await signed_in(house, handle)
        assert code_of(await tries(house, everybody[5])) == "server_full"
        assert await taken(house) == {FIRST: 5}
