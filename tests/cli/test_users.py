"""`auxcord users`: who is linked, and ending what they have while servers run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.programs import TIMEOUT, ended, started
from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cli.programs import Environment
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]
NOTICED = 1.0
"""Seconds after which every server knows."""


@pytest.fixture
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(2) as house:
        yield house


async def listed(house: Replicas, *options: str) -> list[dict[str, object]]:
    status, out, err = await ended(house.environment, "users", "list", "--json", *options)
    assert status == 0, err
    people: list[dict[str, object]] = json.loads(out)
    return people


async def statuses(house: Replicas, people: list[Person]) -> set[int]:
    """How every server answers each of these people's clients now."""
    answers = await asyncio.gather(
        *(person.call("get_account", to=server) for person in people for server in house.all)
    )
    return {answer.status for answer in answers}


async def all_noticed(house: Replicas, people: list[Person]) -> None:
    """Give the servers the time they have, and see that none lets these people's clients in."""
    await asyncio.sleep(NOTICED)
    assert await statuses(house, people) == {401}


async def test_the_list_tells_what_an_operator_needs_and_names_nobody_unasked(house: Replicas) -> None:
    ada, bram = await enrol(house, ["ada", "bram"])
    people = await listed(house)
    assert {person["id"] for person in people} == {ada.user_id, bram.user_id}
    (first,) = [person for person in people if person["id"] == ada.user_id]
    assert list(first) == ["id", "app", "linked_at", "consent_ends_at", "state", "clients", "last_used_at"]
    assert (first["app"], first["state"], first["clients"]) == ("app 1 (00000000)", "active", 1)
    named = await listed(house, "--names")
    assert {(person["spotify_user_id"], person["display_name"]) for person in named} >= {("ada", "Ada")}
    status, out, err = await ended(house.environment, "users", "list")
    assert status == 0
    assert "2 people" in err
    for person in (ada, bram):
        assert person.user_id in out
        assert person.handle not in out.replace("state", "").lower()
    assert "Ada" in (await ended(house.environment, "users", "list", "--names"))[1]


async def test_a_disconnected_person_is_erased_and_every_server_knows_within_a_second(
    house: Replicas,
) -> None:
    ada, bram = await enrol(house, ["ada", "bram"])
    assert await statuses(house, [ada, bram]) == {200}
    status, _, err = await ended(house.environment, "users", "disconnect", ada.user_id, "--yes")
    assert (status, "Erased" in err) == (0, True)
    await all_noticed(house, [ada])
    assert await statuses(house, [bram]) == {200}
    assert [person["id"] for person in await listed(house)] == [bram.user_id]
    status, _, err = await ended(house.environment, "users", "disconnect", ada.user_id, "--yes")
    assert status == 1
    assert "nobody with the id" in err


async def test_nothing_is_erased_unless_the_operator_says_yes(house: Replicas) -> None:
    (ada,) = await enrol(house, ["ada"])
    for answer, status in ((b"no\n", 1), (b"", 1), (b"yes\n", 0)):
        async with started(house.environment, "users", "disconnect", ada.user_id) as process:
            _, err = await asyncio.wait_for(process.communicate(answer), TIMEOUT)
            assert process.returncode == status, err
        assert len(await listed(house)) == (1 if status else 0)


async def test_all_access_ends_at_once_links_stay_and_people_can_sign_in_again(house: Replicas) -> None:
    people = await enrol(house, ["ada", "bram", "cleo"])
    status, _, err = await ended(house.environment, "users", "revoke-all", "--yes")
    assert status == 0
    assert "Ended 3 grants of 3 people." in err
    await all_noticed(house, people)
    assert (await people[0].renew()).status_code == 400
    remaining = await listed(house)
    assert [(person["state"], person["clients"]) for person in remaining] == [("active", 0)] * 3
    (ada,) = await enrol(house, ["ada"])
    assert ada.user_id == people[0].user_id
    assert await statuses(house, [ada]) == {200}


async def test_one_person_s_access_ends_and_others_keep_theirs(house: Replicas) -> None:
    ada, bram = await enrol(house, ["ada", "bram"])
    status, _, err = await ended(house.environment, "users", "revoke-all", "--user", ada.user_id, "--yes")
    assert (status, "Ended 1 grants of 1 people." in err) == (0, True)
    await all_noticed(house, [ada])
    assert await statuses(house, [bram]) == {200}
    status, _, err = await ended(house.environment, "users", "revoke-all", "--user", "nobody", "--yes")
    assert (status, "nobody with the id" in err) == (1, True)


async def test_with_links_everything_of_everybody_is_erased(house: Replicas) -> None:
    people = await enrol(house, ["ada", "bram"])
    status, _, err = await ended(house.environment, "users", "revoke-all", "--links", "--yes")
    assert (status, "Erased 2 people." in err) == (0, True)
    await all_noticed(house, people)
    assert await listed(house) == []
    status, _, err = await ended(house.environment, "audit", "verify")
    assert status == 0, err


async def test_without_data_it_says_so(home: Environment) -> None:
    home["SPOTIFY_CLIENT_ID"] = "0" * 32
    for command in ("list", "revoke-all"):
        status, out, err = await ended(home, "users", command)
        assert (status, out) == (1, "")
        assert "no data yet" in err
