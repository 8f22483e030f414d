"""T08: without the right key nothing starts, and not a byte is written.

Pass: with the key missing, wrong, empty, unreadable (EIO) or one character off, every start is refused with
exit status 2 and one clear sentence, and the SHA-256 of every file of the data directory is what it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import string
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import create_engine, insert

from auxcord.errors import KeyRingError
from auxcord.server.listener import bind, port_of
from auxcord.store import Store, migration
from auxcord.store.schema import server_keys
from auxcord.vault import KeyRing, Vault
from tests.cli.programs import ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.figures import Figures
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]

KEY = KeyRing.new_key()
ALPHABET = string.ascii_letters + string.digits + "-_"
PEOPLE = 12


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory with people in it, left in order."""
    directory = tmp_path / "share" / "auxcord"
    store = Store(f"sqlite+aiosqlite:///{directory / 'auxcord.sqlite3'}")
    await store.open()
    vault = Vault(store, KeyRing.of([KEY]))
    await vault.open()
    for number in range(PEOPLE):
        user = await vault.enrol("issuer", f"{number}")
        await vault.put(user, "spotify-link", b"tokens-not-real", expected=0)
    await store.close()
    return directory


@pytest.fixture
def home(tmp_path: Path) -> Environment:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("AUXCORD_", "SPOTIFY_"))}
    with bind("127.0.0.1", 0) as probe:
        port = str(port_of(probe))
    return kept | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "SPOTIFY_CLIENT_ID": "0" * 32,
        "AUXCORD_PORT": port,
    }


def url_of(directory: Path) -> str:
    return f"sqlite+aiosqlite:///{directory / 'auxcord.sqlite3'}"


def hashes(directory: Path) -> dict[str, str]:
    """The SHA-256 of every file; not of the shared index, which whoever reads a log makes anew in memory."""
    files = [file for file in directory.rglob("*") if not file.name.endswith("-shm")]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def one_off(key: str, position: int = 7) -> str:
    """The key with one character mistyped."""
    other = next(sign for sign in ALPHABET if sign != key[position])
    return f"{key[:position]}{other}{key[position + 1 :]}"


def written(file: Path, content: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content)


def directory_at(file: Path) -> None:
    file.mkdir(mode=0o700, parents=True)


def input_error(file: Path) -> None:
    """A file whose first read fails with EIO: the reader's own memory, whose first page is not mapped."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.symlink_to("/proc/self/mem")


HELD: dict[str, Callable[[Path], object]] = {
    "missing": str,
    "wrong": lambda file: written(file, KeyRing.new_key()),
    "empty": lambda file: written(file, ""),
    "a character off": lambda file: written(file, one_off(KEY)),
    "cut short": lambda file: written(file, KEY[:-5]),
    "a directory": directory_at,
    "an input error": input_error,
}


async def refused(home: Environment, data: Path, *arguments: str) -> str:
    """Start Auxcord, see it refuse and leave the data alone; returns what it says."""
    before = hashes(data)
    status, out, err = await ended(home, *arguments)
    assert (status, out) == (2, ""), err
    assert hashes(data) == before
    (sentence,) = err.splitlines()
    assert sentence.startswith("auxcord: ")
    assert sentence.endswith(".")
    assert KEY[:-5] not in err
    return sentence


@pytest.mark.parametrize("started", ["serve", "stdio"])
async def test_nothing_starts_without_the_right_key(
    home: Environment, data: Path, tmp_path: Path, figures: Figures, started: str
) -> None:
    """The operator's key file for a server; for one person's, the file Auxcord itself keeps."""
    refusals = {}
    for number, (what, hold) in enumerate(HELD.items()):
        config = tmp_path / f"config{number}"
        file = config / "auxcord-keys" / "encryption-keys"
        case = home | {"XDG_CONFIG_HOME": str(config)}
        if started == "serve":
            case["AUXCORD_ENCRYPTION_KEYS_FILE"] = str(file)
        hold(file)
        existed = os.path.lexists(file)
        refusals[what] = await refused(case, data, *(["serve"] if started == "serve" else []))
        assert os.path.lexists(file) == existed
    assert all("key" in sentence.casefold() for sentence in refusals.values())
    figures.count(f"ways to start {started} without the right key, each refused", len(refusals), ">= 7")


async def test_a_key_that_is_not_set_at_all_is_told_first(home: Environment, data: Path) -> None:
    assert "AUXCORD_ENCRYPTION_KEYS is missing" in await refused(home, data, "serve")


async def test_a_wrong_key_does_not_even_fold_in_what_a_crash_left_in_the_log(
    home: Environment, data: Path, tmp_path: Path
) -> None:
    store = Store(url_of(data))
    await store.open()
    vault = Vault(store, KeyRing.of([KEY]))
    await vault.open()
    user = await vault.enrol("issuer", "one more")
    crashed = tmp_path / "crashed"
    shutil.copytree(data, crashed)
    await store.close()
    assert (crashed / "auxcord.sqlite3-wal").stat().st_size
    home |= {"AUXCORD_DATABASE_URL": url_of(crashed), "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key()}
    assert f"{PEOPLE + 2} of {PEOPLE + 2} stored keys" in await refused(home, crashed, "serve")
    with_key = Store(url_of(crashed))
    await with_key.open()
    right = Vault(with_key, KeyRing.of([KEY]))
    await right.open()
    assert await right.find("issuer", "one more") == user
    await with_key.close()


async def test_a_wrong_key_does_not_even_migrate(home: Environment, tmp_path: Path) -> None:
    older, ring = tmp_path / "older", KeyRing.of([KEY])
    at_an_older_revision(older, ring)
    home |= {"AUXCORD_DATABASE_URL": url_of(older), "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key()}
    assert "1 of 1 stored keys" in await refused(home, older, "serve")
    before = hashes(older)
    store = Store(url_of(older))
    await store.open(fits=Vault(store, ring).fits)
    await Vault(store, ring).open()
    await store.close()
    assert hashes(older) != before  # the right key does


def at_an_older_revision(directory: Path, ring: KeyRing) -> None:
    """Make a data directory as an older Auxcord left it, with its index key."""
    directory.mkdir(0o700)
    engine = create_engine(f"sqlite+pysqlite:///{directory / 'auxcord.sqlite3'}")
    wrapped = ring.wrap(b"k" * 32, purpose="index")
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        values = {"name": "index", "key_id": wrapped.key_id, "wrapped": wrapped.token, "created_at": 0.0}
        connection.execute(insert(server_keys).values(values))
    engine.dispose()


async def test_no_key_that_is_a_character_off_opens_anything(data: Path, figures: Figures) -> None:
    """Every other character at every place, every place left out, every sign doubled: none passes."""
    near = [KEY[:place] + sign + KEY[place + 1 :] for place in range(len(KEY)) for sign in ALPHABET + "="]
    near += [KEY[:place] + KEY[place + 1 :] for place in range(len(KEY))]
    near += [KEY[:place] + KEY[place] + KEY[place:] for place in range(len(KEY))]
    wrong = sorted(set(near) - {KEY})
    before = hashes(data)
    store = Store(url_of(data))
    await store.open()
    opened = [key for key in wrong if await fits(store, key)]
    figures.count("keys a character off that were tried", len(wrong), ">= 2500")
    figures.count("of these, keys that opened the data", len(opened), "== 0")
    assert await fits(store, KEY)
    await store.close()
    assert hashes(data) == before


async def fits(store: Store, key: str) -> bool:
    try:
        await Vault(store, KeyRing.of([key])).open()
    except KeyRingError:
        return False
    return True
