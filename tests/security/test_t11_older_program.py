"""T11: an older program refuses what a newer one wrote.

Pass: a newer schema stops the start of every command; a newer envelope, algorithm, key or record is refused
for the person it belongs to while others are served; nothing of it is changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from auxcord.accounts.links import KIND
from auxcord.errors import SchemaTooNewError, VaultCorruptError
from auxcord.server.listener import bind, port_of
from auxcord.store import Store
from auxcord.store.schema import data_keys, records
from auxcord.vault import KeyRing, Vault
from tests.accounts.spotify import HOUR
from tests.cli.programs import ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.figures import Figures
    from tests.accounts.conftest import World
    from tests.cli.programs import Environment

pytestmark = pytest.mark.anyio

KEY = KeyRing.new_key()
COMMANDS = (("serve",), (), ("logout",), ("keys", "rotate", "--data-keys"))


def hashes(directory: Path) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in directory.iterdir()}


def url_of(directory: Path) -> str:
    return f"sqlite+aiosqlite:///{directory / 'auxcord.sqlite3'}"


@pytest.mark.server
async def test_every_command_refuses_a_newer_schema_and_changes_nothing(
    tmp_path: Path, figures: Figures
) -> None:
    data = tmp_path / "data"
    store = Store(url_of(data))
    await store.open()
    await Vault(store, KeyRing.of([KEY])).open()
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await store.transact(lambda connection: connection.execute(newer).close())
    await store.close()
    before = hashes(data)
    home = environment(tmp_path, data)
    for command in COMMANDS:
        status, out, err = await ended(home, *command)
        assert status != 0, command
        (sentence,) = err.splitlines()
        assert "revision 9999, which this version does not know" in sentence
        assert "newer" in sentence
        assert out == ""
        assert hashes(data) == before, command
    figures.count("commands started on a newer schema, each refused", len(COMMANDS), ">= 4")


def environment(home: Path, data: Path) -> Environment:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("AUXCORD_", "SPOTIFY_"))}
    with bind("127.0.0.1", 0) as probe:
        port = str(port_of(probe))
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "SPOTIFY_CLIENT_ID": "0" * 32,
        "AUXCORD_ENCRYPTION_KEYS": KEY,
        "AUXCORD_DATABASE_URL": url_of(data),
        "AUXCORD_PORT": port,
    }


async def test_what_a_crash_of_the_newer_program_left_in_its_log_is_not_folded_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = Store(url_of(data))
    await store.open()
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await store.transact(lambda connection: connection.execute(newer).close())
    left = {name: (data / name).read_bytes() for name in ("auxcord.sqlite3", "auxcord.sqlite3-wal")}
    await store.close()
    for name, content in left.items():
        (data / name).write_bytes(content)
    assert left["auxcord.sqlite3-wal"]
    with pytest.raises(SchemaTooNewError):
        await Store(url_of(data)).open()
    assert {name: (data / name).read_bytes() for name in left} == left


async def newer_envelope(world: World, ada: str) -> None:
    await resealed(world, ada, lambda sealed: b"SV2" + sealed[3:])


async def newer_algorithm(world: World, ada: str) -> None:
    await resealed(world, ada, lambda sealed: sealed[:3] + b"\x04" + sealed[4:])


async def longer_header(world: World, ada: str) -> None:
    await resealed(world, ada, lambda sealed: sealed[:4] + b"\x00\x01" + sealed[4:])


async def newer_key(world: World, ada: str) -> None:
    """A data key whose wrapping says another version of its form than 0x80 (Fernet)."""
    (row,) = await world.store.fetch(select(data_keys).where(data_keys.c.user_id == ada))
    change = update(data_keys).where(data_keys.c.user_id == ada).values(wrapped=b"\x81" + row.wrapped[1:])
    await world.store.transact(lambda connection: connection.execute(change).close())


async def newer_record(world: World, ada: str) -> None:
    """A link with a field that is not known here, sealed as it should be."""
    record = await world.vault.get(ada, KIND)
    assert record is not None
    link = json.loads(record.content) | {"added_later": True}
    await world.vault.put(ada, KIND, json.dumps(link).encode(), expected=record.version)


async def resealed(world: World, ada: str, change: Callable[[bytes], bytes]) -> None:
    (row,) = await world.store.fetch(select(records.c.sealed).where(records.c.user_id == ada))
    newer = update(records).where(records.c.user_id == ada).values(sealed=change(row.sealed))
    await world.store.transact(lambda connection: connection.execute(newer).close())


NEWER = (newer_envelope, newer_algorithm, longer_header, newer_key, newer_record)


async def rows(world: World, user: str) -> list[tuple[object, ...]]:
    statement = select(records.c.version, records.c.sealed, data_keys.c.wrapped).join(
        data_keys, data_keys.c.user_id == records.c.user_id
    )
    return [tuple(row) for row in await world.store.fetch(statement.where(records.c.user_id == user))]


async def test_a_newer_form_is_refused_for_its_person_alone_and_left_as_it_is(
    world: World, figures: Figures
) -> None:
    bram = await world.link("bram")
    for number, newer in enumerate(NEWER):
        ada = await world.link(f"ada{number}")
        await newer(world, ada)
        before = await rows(world, ada)
        for _ in range(2):
            with pytest.raises(VaultCorruptError):
                await world.accounts.access_token(ada)
            with pytest.raises(VaultCorruptError):
                await world.accounts.describe(ada)
            world.clock.now += HOUR  # a refresh is due, and still nothing is written over it
        assert await rows(world, ada) == before, newer.__name__
        assert (await world.accounts.access_token(bram)).startswith("access-bram-")
    assert all(spent.startswith("refresh-bram") for spent in world.spotify.refreshes)
    figures.count("newer forms of what is sealed, each refused", len(NEWER), ">= 5")


async def test_the_advice_for_a_newer_record_is_to_run_the_newer_program(world: World) -> None:
    ada = await world.link("ada")
    await newer_record(world, ada)
    with pytest.raises(VaultCorruptError) as caught:
        await world.accounts.describe(ada)
    assert "newer Auxcord" in caught.value.advice
