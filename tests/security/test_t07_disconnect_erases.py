"""T07: after disconnecting, no byte of the person's tokens is left, plain, encoded or sealed.

Bar: a person signs in over HTTP, uses it and disconnects. A raw search of database, write-ahead log, its
index, temporary files and logs for their tokens (plain, base64, hex, URL-encoded) and for what was sealed for
them finds nothing; a restarted server knows nothing of them; another person is unharmed.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from auxcord.accounts.links import KIND
from tests.people import kept, library, sign_in
from tests.replicas import replicas
from tests.security.traces import Search, pieces, spellings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

SEALED = {
    "users": ("lookup", "user_id = :user"),
    "data_keys": ("wrapped", "user_id = :user"),
    "records": ("sealed", "user_id = :user"),
    "access_tokens": ("token_hash", "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)"),
    "refresh_tokens": ("token_hash", "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)"),
    "codes": ("code_hash", "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)"),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Replicas]:
    (tmp_path / "temporary").mkdir()
    settings = {"TMPDIR": str(tmp_path / "temporary"), "AUXCORD_LOG_LEVEL": "debug"}
    async with replicas(1, folder=tmp_path, settings=settings) as house:
        yield house


class Past:
    """Everything that was ever stored of a person, as far as the test looked often enough."""

    def __init__(self, house: Replicas, person: Person) -> None:
        self._house, self._person = house, person
        self.user_id = ""
        self.tokens: set[str] = set()
        self.sealed: set[bytes] = set()

    async def look(self) -> None:
        self.tokens |= {self._person.access, self._person.refresh}
        async with library(self._house) as inside:
            link = (await kept(inside, self.user_id)).link
        self.tokens |= {link.access_token, link.refresh_token}
        with contextlib.closing(sqlite3.connect(self._house.database)) as connection:
            for table, (column, condition) in SEALED.items():
                ask = f"SELECT {column} FROM {table} WHERE {condition}"  # noqa: S608
                self.sealed |= {bytes(row[0]) for row in connection.execute(ask, {"user": self.user_id})}


def people(house: Replicas) -> set[str]:
    with contextlib.closing(sqlite3.connect(house.database)) as connection:
        return {row[0] for row in connection.execute("SELECT user_id FROM users")}


async def use(house: Replicas, person: Person) -> None:
    """Let a person work, and let Spotify want a new access token meanwhile."""
    made = await person.call("create_playlist", {"name": "Before the end"})
    assert not made.is_error, made.text
    await house.simulator.fault("unauthorized", path="/v1/me", times=1, user=person.handle)
    assert (await person.call("get_account")).works
    assert (await person.renew()).status_code == 200


async def disconnect(person: Person) -> None:
    asked = await person.call("disconnect_account")
    word = re.search(r"confirm=(\S+)", asked.text)
    assert word is not None, asked.text
    erased = await person.call("disconnect_account", {"confirm": word[1]})
    assert not erased.is_error, erased.text
    assert "erased" in erased.text


async def test_nothing_of_a_person_is_left_and_nobody_else_misses_anything(
    house: Replicas, figures: Figures
) -> None:
    bram = await sign_in(house, "bram")
    brams = people(house)
    ada = await sign_in(house, "ada")
    past = Past(house, ada)
    (past.user_id,) = people(house) - brams
    await past.look()
    await use(house, ada)
    await past.look()
    await use(house, bram)
    wanted = {form for token in past.tokens for form in spellings(token)}
    sealed = {piece for each in past.sealed for piece in pieces(each)}
    there = Search(sealed).through(house.database.parent)
    assert there.hits, "the search finds what is there"

    await disconnect(ada)
    plain_left = Search(wanted).through(house.folder)
    sealed_left = Search(sealed).through(house.folder)
    figures.measure("tokens searched for", len(past.tokens), ">= 6")
    figures.measure("spellings of tokens searched for", len(wanted), ">= 50")
    figures.measure("pieces of sealed data, wrapped keys and hashes searched for", len(sealed), ">= 100")
    figures.measure("bytes searched, logs included", plain_left.size, ">= 100000")
    figures.count("hits: tokens, in any spelling", sum(plain_left.hits.values()), "== 0")
    figures.count("hits: what was sealed", sum(sealed_left.hits.values()), "== 0")

    late = await ada.call("get_account")  # who a token stands for is remembered for half a second
    assert late.status == 401 or "[not_linked]" in late.text
    assert (await ada.renew()).status_code == 400
    assert (await bram.call("get_account")).works
    await house.all[0].terminate()
    await house.all[0].start()
    assert (await ada.call("get_account")).status == 401
    assert (await ada.renew()).status_code == 400
    async with library(house) as inside:
        assert await inside.vault.get(past.user_id, KIND) is None
    assert people(house) == brams
    assert (await bram.call("get_account")).works
    after = Search(wanted | sealed).through(house.folder)
    figures.count("hits after a restart", sum(after.hits.values()), "== 0")
    again = await sign_in(house, "ada")
    assert (await again.call("get_account")).works
    assert past.user_id not in people(house)


async def test_a_server_that_is_killed_right_after_answering_has_erased(
    house: Replicas, figures: Figures
) -> None:
    ada = await sign_in(house, "ada")
    past = Past(house, ada)
    (past.user_id,) = people(house)
    await past.look()
    await disconnect(ada)
    await house.all[0].kill()
    wanted = {form for token in past.tokens for form in spellings(token)}
    wanted |= {piece for each in past.sealed for piece in pieces(each)}
    left = Search(wanted).through(house.folder)
    figures.count("hits when the server is killed after its answer", sum(left.hits.values()), "== 0")
