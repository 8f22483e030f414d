"""Seats in Spotify apps: taken with the link, moved with it, given up with it, never one too many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from alembic import command
from sqlalchemy import create_engine, insert, select, update
from starlette.responses import Response

from auxcord.accounts import Accounts, Admission
from auxcord.errors import RateLimitedError, ReauthorizationRequiredError, SeatsTakenError
from auxcord.spotify.oauth import SpotifyApp, TokenSet
from auxcord.store import Store, migration
from auxcord.store.schema import data_keys, records, seats, users
from tests.accounts.spotify import APP, HOUR, apps, profile

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio
OTHER = SpotifyApp("2" * 32, "test-secret-not-real")


def accounts_of(world: World, *, more: tuple[SpotifyApp, ...] = (OTHER,), number: int = 0) -> Accounts:
    """The accounts of a server with these apps and so many seats in each."""
    return Accounts(
        world.vault,
        world.store,
        apps(world.http, *more),
        admission=Admission(seats=number),
        clock=world.clock,
        sleep=world.clock.sleep,
    )


def through(world: World, person: str, app: SpotifyApp) -> TokenSet:
    """What a person's consent to an app yields."""
    return msgspec.structs.replace(world.spotify.consent(person), client_id=app.client_id)


async def test_linking_takes_a_seat_linking_through_another_app_moves_it_erasing_frees_it(
    world: World,
) -> None:
    accounts = accounts_of(world, number=1)
    ada = await accounts.link(through(world, "ada", APP), profile("ada"))
    assert await accounts.seats.taken() == {APP.client_id: 1}
    assert [app.client_id for app in await accounts.seats.with_room()] == [OTHER.client_id]
    assert await accounts.link(through(world, "ada", OTHER), profile("ada")) == ada
    assert await accounts.seats.taken() == {OTHER.client_id: 1}
    assert (await world.kept(ada)).link.client_id == OTHER.client_id
    assert await accounts.forget(ada)
    assert await accounts.seats.taken() == {}


async def test_a_person_keeps_their_seat_where_there_are_fewer_by_now(world: World) -> None:
    for person in ("ada", "bram"):
        await accounts_of(world).link(through(world, person, APP), profile(person))
    fewer = accounts_of(world, number=1)
    await fewer.link(through(world, "ada", APP), profile("ada"))
    assert await fewer.seats.taken() == {APP.client_id: 2}


async def test_of_somebody_who_finds_no_seat_nothing_is_stored(world: World) -> None:
    accounts = accounts_of(world, number=1)
    await accounts.link(through(world, "ada", APP), profile("ada"))
    before = [await world.store.fetch(select(table)) for table in (users, data_keys, records, seats)]
    with pytest.raises(SeatsTakenError):
        await accounts.link(through(world, "bram", APP), profile("bram"))
    assert [await world.store.fetch(select(table)) for table in (users, data_keys, records, seats)] == before


async def test_who_finds_no_seat_in_another_app_keeps_the_one_they_have(world: World) -> None:
    accounts = accounts_of(world, number=1)
    ada = await accounts.link(through(world, "ada", APP), profile("ada"))
    await accounts.link(through(world, "bram", OTHER), profile("bram"))
    before = await world.kept(ada)
    with pytest.raises(SeatsTakenError):
        await accounts.link(through(world, "ada", OTHER), profile("ada"))
    assert await world.kept(ada) == before
    assert await accounts.seats.taken() == {APP.client_id: 1, OTHER.client_id: 1}


async def test_sixty_people_who_want_five_seats_at_once_in_three_processes_get_five(
    world: World, figures: Figures
) -> None:
    processes = [accounts_of(world, number=5)]
    for _ in range(2):
        await world.another()
        processes.append(accounts_of(world, number=5))
    people = [f"person{number}" for number in range(60)]
    tokens = [through(world, person, APP) for person in people]
    outcomes = await asyncio.gather(
        *(
            processes[number % 3].link(token, profile(person))
            for number, (person, token) in enumerate(zip(people, tokens, strict=True))
        ),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, SeatsTakenError)]
    figures.count("people at once for five seats", len(people))
    figures.count("who got one", len(outcomes) - len(refused), "== 5")
    assert all(isinstance(outcome, (str, SeatsTakenError)) for outcome in outcomes), outcomes
    assert len(await world.store.fetch(select(users))) == 5
    assert await processes[0].seats.taken() == {APP.client_id: 5}


async def test_a_token_is_renewed_by_the_app_that_issued_it(world: World) -> None:
    accounts = accounts_of(world)
    ada = await accounts.link(through(world, "ada", OTHER), profile("ada"))
    asked: list[str] = []
    for app in accounts.apps:
        oauth, refresh = app.oauth, app.oauth.refresh

        async def noted(token: str, *, client_id: str = app.client_id, refresh: object = refresh) -> TokenSet:
            asked.append(client_id)
            return await refresh(token)  # type: ignore[operator]

        oauth.refresh = noted  # type: ignore[method-assign]
    world.clock.now += HOUR
    assert await accounts.access_token(ada) == "access-ada-2"
    assert asked == [OTHER.client_id]


async def test_a_rate_limit_of_one_app_s_sign_in_service_lets_another_app_s_people_be(world: World) -> None:
    accounts = accounts_of(world)
    ada = await accounts.link(through(world, "ada", APP), profile("ada"))
    bram = await accounts.link(through(world, "bram", OTHER), profile("bram"))
    cleo = await accounts.link(through(world, "cleo", APP), profile("cleo"))
    world.clock.now += HOUR
    world.spotify.failing = Response("", 429, headers={"Retry-After": "600"})
    with pytest.raises(RateLimitedError):
        await accounts.access_token(ada)
    world.spotify.failing = None
    with pytest.raises(RateLimitedError):
        await accounts.access_token(cleo)
    assert (await accounts.access_token(bram)).startswith("access-bram")


async def test_a_link_through_an_app_that_is_gone_needs_a_new_consent_and_comes_back_with_the_app(
    world: World,
) -> None:
    ada = await accounts_of(world).link(through(world, "ada", OTHER), profile("ada"))
    without = accounts_of(world, more=())
    assert await without.seats.open() == {OTHER.client_id: 1}
    with pytest.raises(ReauthorizationRequiredError, match="no longer uses"):
        await without.access_token(ada)
    world.clock.now += HOUR
    with pytest.raises(ReauthorizationRequiredError, match="no longer uses"):
        await without.access_token(ada)
    assert world.spotify.refreshes == []
    assert await accounts_of(world).access_token(ada) == "access-ada-2"
    assert await accounts_of(world).seats.open() == {}


async def test_who_was_linked_before_there_were_seats_sits_in_the_first_app(world: World) -> None:
    accounts = accounts_of(world)
    ada = await accounts.link(world.spotify.consent("ada"), profile("ada"))
    kept = await world.kept(ada)
    old = msgspec.structs.replace(kept.link, client_id="")
    await accounts._links.replace(ada, kept.version, old)
    await world.store.transact(lambda connection: connection.execute(update(seats).values(client_id="")))
    assert await accounts.seats.open() == {}
    assert await accounts.seats.taken() == {APP.client_id: 1}
    assert await accounts.access_token(ada) == "access-ada-1"
    world.clock.now += HOUR
    await accounts.access_token(ada)
    assert (await world.kept(ada)).link.client_id == APP.client_id


async def test_the_migration_seats_those_who_are_enrolled_already(tmp_path: Path) -> None:
    path = tmp_path / "auxcord.db"
    engine = create_engine(f"sqlite:///{path}")
    config = migration._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(insert(users).values(user_id="0" * 32, lookup=b"x", created_at=5.0))
    engine.dispose()
    path.chmod(0o600)
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    assert await store.fetch(select(seats)) == [("0" * 32, "", 5.0)]
    await store.close()
