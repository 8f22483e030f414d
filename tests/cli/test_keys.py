"""`auxcord keys`: a new key, what each protects, moving to a new one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auxcord.server.listener import bind, port_of
from auxcord.store import Store
from auxcord.vault import KeyRing, Record, Vault
from tests.cli.programs import ended, line_with, started

if TYPE_CHECKING:
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_the_key_is_changed_and_the_old_one_dropped(home: Environment, spotify: str) -> None:
    old, new = [(await ended(home, "keys", "new"))[1].strip() for _ in range(2)]
    with bind("127.0.0.1", 0) as probe:
        home |= {"AUXCORD_ENCRYPTION_KEYS": old, "AUXCORD_PORT": str(port_of(probe))}
    status, _, err = await ended(home, "keys", "list")
    assert (status, "no data yet" in err) == (1, True)
    async with started(home, "serve") as process:
        await line_with(process.stderr, "/mcp")
    home["AUXCORD_ENCRYPTION_KEYS"] = f"{new},{old}"
    status, out, _ = await ended(home, "keys", "list")
    assert (status, [line.split()[1] for line in out.splitlines()]) == (0, ["newest", "older", "own"])
    status, _, err = await ended(home, "keys", "rotate")
    assert status == 0
    assert "Moved 1 stored keys" in err
    assert "can be dropped" in err
    home["AUXCORD_ENCRYPTION_KEYS"] = new
    status, out, err = await ended(home, "keys", "check")
    assert (status, out) == (0, "")
    assert "Every stored key opens." in err
    home["AUXCORD_ENCRYPTION_KEYS"] = old
    status, out, err = await ended(home, "keys", "check")
    assert status == 2
    assert "not in the key ring" in err
    for key in (old, new):
        assert key not in out + err


async def test_people_s_own_keys_that_are_too_old_are_listed_and_made_anew(home: Environment) -> None:
    key = (await ended(home, "keys", "new"))[1].strip()
    database = Path(home["HOME"]) / "data" / "auxcord.db"
    store = Store(f"sqlite+aiosqlite:///{database}")
    await store.open()
    days = {"old": 100, "older": 200, "young": 5}
    people = {}
    for name, age in days.items():
        vault = Vault(store, KeyRing.of([key]), clock=lambda age=age: time.time() - age * 86400)
        await vault.open()
        people[name] = await vault.enrol("issuer", name)
        await vault.put(people[name], "note", name.encode(), expected=0)
    home |= {
        "SPOTIFY_CLIENT_ID": "0" * 32,
        "AUXCORD_ENCRYPTION_KEYS": key,
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
    }
    status, out, _ = await ended(home, "keys", "list")
    assert status == 0
    assert out.splitlines()[-1] == ("people's own keys: 3, the oldest 200.0 days old; 2 older than 90 days")
    status, _, err = await ended(home, "keys", "rotate", "--data-keys")
    assert (status, "Made 2 people's own keys anew." in err) == (0, True)
    status, out, _ = await ended(home, "keys", "list")
    assert out.splitlines()[-1] == "people's own keys: 3, the oldest 5.0 days old; 0 older than 90 days"
    for name, user in people.items():
        assert await vault.get(user, "note") == Record(1, name.encode())
    await store.transact(
        lambda connection: connection.exec_driver_sql("UPDATE records SET sealed = X'00'").close()
    )
    home["AUXCORD_DATA_KEY_MAX_AGE"] = "0s"
    status, _, err = await ended(home, "keys", "rotate", "--data-keys")
    assert status == 1
    assert "Of 3 people something does not open" in err
    await store.close()


def test_a_reader_that_has_had_enough_gets_no_stack_trace() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "auxcord", "keys", "new"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
