"""Reads under way: shared between those who want the same, overtaken by changes, outlived by the person."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from auxcord import errors
from tests.spotify.cached import House, thing
from tests.spotify.upstream import ID, Held, error

pytestmark = pytest.mark.anyio


async def test_equal_reads_at_the_same_time_share_one_request() -> None:
    held = Held(thing)
    house = House(held)
    answers: list[Any] = []

    async def read(person: str) -> None:
        answers.append(await house.client(person).library.tracks())

    async with anyio.create_task_group() as group:
        for person in ("ada", "bram") * 10:
            group.start_soon(read, person)
        await anyio.wait_all_tasks_blocked()
        assert house.upstream.bearers == ["token-ada", "token-bram"]
        held.release()
    assert len(answers) == 20
    assert house.asked == 2


async def test_those_who_share_a_request_share_its_failure() -> None:
    held = Held(error(404, "Resource not found"))
    house = House(held)
    caught: list[errors.NotFoundError] = []

    async def read() -> None:
        with pytest.raises(errors.NotFoundError) as raised:
            await house.client().catalog.track(ID)
        caught.append(raised.value)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert house.asked == 1
    assert len({id(error) for error in caught}) == 5
    assert {(str(error), error.advice) for error in caught} == {(str(caught[0]), caught[0].advice)}
    held.reply = thing
    await house.client().catalog.track(ID)
    assert house.asked == 2


async def test_when_the_one_who_asks_gives_up_another_asks_for_those_who_wait() -> None:
    held = Held(thing)
    house = House(held)
    answers: list[Any] = []
    scopes: list[anyio.CancelScope] = []

    async def read() -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            answers.append(await house.client().catalog.track(ID))

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(read)
            await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert len(answers) == 2
    assert house.asked == 2


async def test_a_read_that_a_change_overtook_is_given_out_but_neither_kept_nor_joined() -> None:
    held = Held(thing)
    house = House(held)
    async with anyio.create_task_group() as group:
        group.start_soon(house.client().playlists.items, ID)
        await anyio.wait_all_tasks_blocked()
        held.skip(1)
        await house.client().playlists.replace(ID, [])
        group.start_soon(house.client().playlists.items, ID)
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert house.asked == 3
    assert house.cache.status().entries == 0


async def test_forgetting_drops_everything_of_a_person_and_nothing_comes_back() -> None:
    held = Held(thing, open_=True)
    house = House(held)
    ada, bram = house.client("ada"), house.client("bram")
    for client in (ada, bram):
        await client.catalog.track(ID)
        await client.library.tracks()
        await client.playback.state()
    held.close()
    async with anyio.create_task_group() as group:
        group.start_soon(ada.playlists.mine)
        group.start_soon(bram.playlists.mine)
        await anyio.wait_all_tasks_blocked()
        house.cache.forget("ada")
        assert house.cache.status().people == 1
        held.release()
    await ada.library.albums()
    await ada.playback.pause()
    status = house.cache.status()
    assert (status.people, status.entries) == (1, 4)
    house.cache.forget("bram")
    assert house.cache.status()[:3] == (0, 0, 0)
    before = house.asked
    await house.client("ada").catalog.track(ID)
    assert house.asked == before + 1
    house.cache.forget("nobody")
