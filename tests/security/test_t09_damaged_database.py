"""T09: what is damaged is named, concerns whose it is, and everybody else is served.

Bar: damaged rows and pages, a cut file, a missing write-ahead log, another program's file, a newer schema:
the start refuses and changes nothing, or healthy people are served and the others named, by the doctor too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from tests.cli.programs import ended
from tests.damage import fold, pages_with, spoil
from tests.people import enrol, follow, sign_in
from tests.processes import free_port
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bench.figures import Figures
    from tests.people import Answer, Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PEOPLE = 40
ROWS = {
    "record altered": "UPDATE records SET sealed = zeroblob(300) WHERE user_id = ?",
    "record of another form": "UPDATE records SET sealed = 'text' WHERE user_id = ?",
    "record of another version": "UPDATE records SET version = 7 WHERE user_id = ?",
    "data key altered": "UPDATE data_keys SET wrapped = zeroblob(150) WHERE user_id = ?",
    "data key's id altered": "UPDATE data_keys SET key_id = '0123456789abcdef' WHERE user_id = ?",
    "data key gone": "DELETE FROM data_keys WHERE user_id = ?",
    "data key and record gone": "DELETE FROM data_keys WHERE user_id = ?",
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Replicas]:
    async with replicas(0, folder=tmp_path) as house:
        yield house


def change(house: Replicas | Place, statement: str, *values: str) -> None:
    with contextlib.closing(sqlite3.connect(house.database)) as connection, connection:
        connection.execute(statement, values)


def digests(house: Replicas | Place) -> dict[str, str]:
    """What the data directory holds, but for the index that readers of the log share."""
    files = [file for file in house.database.parent.iterdir() if not file.name.endswith("-shm")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


async def answers(people: list[Person]) -> list[Answer]:
    return [await person.call("get_account") for person in people]


async def problems(house: Replicas | Place) -> list[str]:
    """What the doctor calls a problem."""
    status, out, _ = await ended(house.environment, "doctor", "--json")
    found = [each["sentence"] for each in json.loads(out)["findings"] if each["level"] == "problem"]
    assert status == (1 if found else 0)
    return found


async def test_damaged_rows_concern_their_people_alone_and_signing_in_again_mends_them(
    house: Replicas, figures: Figures
) -> None:
    people = await enrol(house, PEOPLE)
    damaged, healthy = people[: len(ROWS)], people[len(ROWS) :]
    for person, statement in zip(damaged, ROWS.values(), strict=True):
        change(house, statement, person.user_id)
    change(house, "DELETE FROM records WHERE user_id = ?", damaged[-1].user_id)
    named = "\n".join(await problems(house))
    assert all(person.user_id in named for person in damaged)

    replica = await house.add()
    served = sum(answer.works for answer in await answers(healthy))
    told = await answers(damaged[:-1])
    links = [re.search(r"http://\S+/sign-in\S*|Sign-in link: (\S+)", answer.text) for answer in told]
    assert all(answer.is_error and "[vault_corrupt]" in answer.text for answer in told), told
    assert all("signing in to Spotify again mends it" in answer.text for answer in told)
    assert all(links), told
    logged = house.logs()
    for person in damaged:
        assert len(re.findall(f"a person's data is damaged.*{person.user_id}", logged)) == 1
    assert logged.count("a person's data is damaged") == len(damaged)

    for person, link in zip(damaged, links, strict=False):
        assert link is not None
        await follow(house, link[1] or link[0], person.handle)
    again = await sign_in(house, damaged[-1].handle)
    mended = sum(answer.works for answer in await answers([*damaged, again]))
    served_after = sum(answer.works for answer in await answers(healthy))
    await replica.terminate()
    assert await problems(house) == []
    figures.count("people served beside those with damaged rows", served, f"== {len(healthy)}")
    figures.count("people told by one sentence with a link", len(told), f"== {len(damaged) - 1}")
    figures.count("people mended by signing in again", mended, f"== {len(damaged) + 1}")
    figures.count("people served after the mending", served_after, f"== {len(healthy)}")


async def test_a_damaged_page_concerns_whose_rows_lie_on_it_and_the_file_is_only_read(
    house: Replicas, figures: Figures
) -> None:
    people = await enrol(house, PEOPLE)
    fold(house.database)
    with contextlib.closing(sqlite3.connect(house.database)) as connection:
        ask = "SELECT sealed FROM records WHERE user_id = ?"
        (sealed,) = connection.execute(ask, (people[0].user_id,)).fetchone()
    fold(house.database)
    spoil(house.database, *pages_with(house.database, sealed[:64]))
    before = house.database.read_bytes()
    named = "\n".join(await problems(house))
    lost = [person for person in people if f"{person.user_id}: their rows lie on a damaged page" in named]
    assert people[0] in lost
    assert "The file is damaged" in named

    replica = await house.add()
    told = await answers(lost)
    assert all(answer.is_error and "[store_damaged]" in answer.text for answer in told), told
    assert all("auxcord doctor" in answer.text for answer in told)
    served = sum(answer.works for answer in await answers([each for each in people if each not in lost]))
    refused = await people[-1].renew()
    logged = house.logs()
    assert logged.count("the database is damaged and only read") == 1
    for person in lost:
        assert len(re.findall(f"a person's data is damaged.*{person.user_id}", logged)) == 1
    await replica.terminate()
    figures.count("people served although a page is damaged", served + len(lost), f"== {PEOPLE}")
    figures.count("renewals answered with 503 while the file is only read", refused.status_code, "== 503")
    figures.count("bytes of the damaged file changed", int(house.database.read_bytes() != before), "== 0")

    new = house.database.with_name("rescued.sqlite3")
    status, _, err = await ended(house.environment, "rescue", str(new))
    assert status == 0, err
    assert house.database.read_bytes() == before
    new.rename(house.database)
    assert await problems(house) == []
    await replica.start()
    kept = [person for person in people if person not in lost]
    served = sum(answer.works for answer in await answers(kept))
    again = [await sign_in(house, person.handle) for person in lost]
    figures.count("people who noticed nothing after the rescue", served + len(lost), f"== {PEOPLE}")
    mended = sum(answer.works for answer in await answers(again))
    figures.count("people on the damaged page, still to sign in after the rescue", len(lost) - mended, "== 0")


class Place:
    """Data of a few people, and the environment to serve it in; nothing answers as Spotify."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "data" / "auxcord.sqlite3"
        self.key = KeyRing.new_key()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUXCORD_")}
        self.environment = kept | {
            "HOME": str(folder),
            "SPOTIFY_CLIENT_ID": "0" * 32,
            "AUXCORD_ENCRYPTION_KEYS": self.key,
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "AUXCORD_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9",
            "AUXCORD_SPOTIFY_API_URL": "http://127.0.0.1:9/v1",
        }

    async def fill(self) -> None:
        store = Store(self.environment["AUXCORD_DATABASE_URL"])
        await store.open()
        vault = Vault(store, KeyRing.of([self.key]))
        await vault.open()
        for number in range(3):
            await vault.put(await vault.enrol("issuer", f"{number}"), "link", b"tokens", expected=0)
        await store.close()
        fold(self.database)


def altered(statement: str) -> Callable[[Place], object]:
    def alter(place: Place) -> None:
        change(place, statement)
        fold(place.database)

    return alter


REFUSED: dict[str, tuple[Callable[[Place], object], str]] = {
    "cut": (lambda place: place.database.write_bytes(place.database.read_bytes()[:8192]), "damaged"),
    "list of tables gone": (lambda place: spoil(place.database, 1), "damaged"),
    "no database": (lambda place: place.database.write_bytes(b"a diary\n" * 999), "no SQLite database"),
    "a few bytes": (lambda place: place.database.write_bytes(b"x"), "too short"),
    "another program's": (altered("DROP TABLE alembic_version"), "another program"),
    "newer schema": (altered("UPDATE alembic_version SET version_num = 'f00d'"), "does not know"),
    "no revision": (altered("DELETE FROM alembic_version"), "revision"),
    "index key altered": (altered("UPDATE server_keys SET wrapped = zeroblob(9)"), "index key"),
    "index key gone": (altered("DELETE FROM server_keys"), "index key"),
}


@pytest.mark.parametrize(("damage", "says"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_served_is_refused_in_one_sentence_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Place], object], says: str
) -> None:
    place = Place(tmp_path)
    await place.fill()
    damage(place)
    before = digests(place)
    status, out, err = await ended(place.environment, "serve", "--port", str(free_port()))
    assert (status in {1, 2}, out) == (True, ""), err
    assert says in err
    assert "Traceback" not in err
    assert err.count("auxcord: ") == 1
    assert digests(place) == before
    assert says in "\n".join(await problems(place))
    assert digests(place) == before


async def test_a_log_taken_away_from_a_killed_server_is_missed_and_its_return_accepted(
    house: Replicas, figures: Figures
) -> None:
    replica = await house.add()
    ada = await sign_in(house, "ada")
    await replica.kill()
    log = house.database.with_name(f"{house.database.name}-wal")
    kept = log.read_bytes()
    log.unlink()
    before = digests(house)
    status, _, err = await ended(house.environment, "serve", "--port", str(free_port()))
    assert status == 1
    assert f"{log} is missing" in err
    assert digests(house) == before
    assert f"{log} is missing" in "\n".join(await problems(house))
    log.write_bytes(kept)
    await house.add()
    figures.count("people served once the log is back", int((await ada.call("get_account")).works), "== 1")
