"""T01: a copy of the data directory alone opens nothing.

Bar: no token and no id of an account stands in any byte of any file; every run of 32 bytes, and everything
that reads as 32 bytes of base64 or hex, tried as a key, opens nothing; the start refuses keys that lie where
the data lies, and a copy without its keys.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auxcord.errors import SettingsError
from auxcord.server.settings import Settings
from auxcord.vault import KeyRing
from auxcord.vault.envelope import joined
from auxcord.vault.records import record_parts
from tests.cli.programs import ended
from tests.people import enrol, kept, library, sign_in
from tests.processes import free_port
from tests.replicas import replicas
from tests.security.traces import Search, spellings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from bench.figures import Figures
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PEOPLE = 25
KEY: Final = 32
_TAG: Final = 32
_HEADER: Final = b"SV1\x01"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Replicas]:
    (tmp_path / "here").mkdir()
    async with replicas(1, folder=tmp_path / "here") as house:
        yield house


@pytest.fixture
async def stolen(house: Replicas, tmp_path: Path) -> Path:
    """The data directory of a running server with people in it, and nothing else."""
    await sign_in(house, "ada")
    for person in await enrol(house, PEOPLE):
        await person.renew()
    return shutil.copytree(house.database.parent, tmp_path / "stolen")


async def test_no_file_holds_a_token_or_an_id_of_an_account(
    house: Replicas, stolen: Path, figures: Figures
) -> None:
    users = (await house.simulator.control("GET", "/users"))["users"]
    async with library(house) as inside:
        ids = [row[0] for row in rows(house.database, "SELECT user_id FROM users")]
        links = [(await kept(inside, user_id)).link for user_id in ids]
    tokens = {token for link in links for token in (link.access_token, link.refresh_token)}
    known = {link.spotify_user_id for link in links} | {link.display_name or "" for link in links}
    known |= {user["account_id"] for user in users if user["id"] in {link.spotify_user_id for link in links}}
    accounts = {each for each in known if len(each) >= 6}
    secrets = tokens | accounts | {house.key}
    search = Search(form for secret in secrets for form in spellings(secret)).through(stolen)
    control = Search([ids[0].encode()]).through(stolen)
    assert control.hits, "the search finds what is there"
    figures.count("people linked", len(links), f"== {PEOPLE + 1}")
    figures.count("tokens searched for", len(tokens), f"== {2 * (PEOPLE + 1)}")
    figures.measure("ids and names of accounts searched for", len(accounts), f">= {2 * PEOPLE}")
    figures.measure("bytes searched", search.size, ">= 100000")
    figures.count("tokens, keys, ids and names found, in any spelling", sum(search.hits.values()), "== 0")


class Lock:
    """Everything in a stolen database that a key might open."""

    def __init__(self, database: Path) -> None:
        self.wrapped = [bytes(row[0]) for row in rows(database, "SELECT wrapped FROM data_keys LIMIT 2")]
        self.wrapped += [bytes(row[0]) for row in rows(database, "SELECT wrapped FROM server_keys")]
        found = rows(database, "SELECT user_id, kind, version, sealed FROM records LIMIT 2")
        self.sealed = [(bytes(sealed), record_parts(*parts)) for *parts, sealed in found]
        assert self.wrapped
        assert self.sealed

    def opens(self, key: bytes) -> bool:
        """Whether a key is one of the ring (Fernet's first half signs) or somebody's data key."""
        return any(_signed(key, token) for token in self.wrapped) or any(
            _unsealed(key, sealed, parts) for sealed, parts in self.sealed
        )


def _signed(key: bytes, token: bytes) -> bool:
    return hmac.digest(key[:16], token[:-_TAG], hashlib.sha256) == token[-_TAG:]


def _unsealed(key: bytes, sealed: bytes, parts: tuple[bytes, ...]) -> bool:
    try:
        AESGCM(key).decrypt(sealed[4:16], sealed[16:], joined(_HEADER, *parts))
    except InvalidTag:
        return False
    return True


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def candidates(content: bytes) -> Iterator[bytes]:
    """Every key that bytes might hold: 32 of them in a row, or spelled in base64 or hex; each once."""
    seen = set[bytes]()
    windows = (content[start : start + KEY] for start in range(len(content) - KEY + 1))
    spelled = (match[1] for match in re.finditer(rb"(?=([A-Za-z0-9+/_-]{43}))", content))
    decoded = (base64.b64decode(run.translate(_PLAIN) + b"=") for run in spelled)
    hexed = (bytes.fromhex(match[1].decode()) for match in re.finditer(rb"(?=([0-9A-Fa-f]{64}))", content))
    for source in (windows, decoded, hexed):
        for key in source:
            if key not in seen:
                seen.add(key)
                yield key


_PLAIN = bytes.maketrans(b"-_", b"+/")


async def test_nothing_in_it_is_a_key_to_anything_in_it(
    house: Replicas, stolen: Path, figures: Figures
) -> None:
    lock = Lock(stolen / house.database.name)
    files = [file for file in stolen.rglob("*") if file.is_file()]
    content = b"".join(file.read_bytes() for file in files)
    tried = opened = 0
    for key in candidates(content):
        tried += 1
        opened += lock.opens(key)
    figures.measure("keys tried: runs of 32 bytes, base64 and hex", tried, ">= 50000")
    figures.count("keys found that open something", opened, "== 0")
    # The same search finds a key if there is one, whatever its spelling.
    secret = base64.urlsafe_b64decode(house.key)
    for spelling in (secret, house.key.encode(), secret.hex().encode(), base64.b64encode(secret)):
        assert any(lock.opens(key) for key in candidates(b"before" + spelling + b"after"))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith("-shm")
    }


async def test_a_copy_without_its_keys_is_refused_and_not_touched(house: Replicas, stolen: Path) -> None:
    environment = house.environment | {
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{stolen / house.database.name}",
        "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key(),
    }
    before = digests(stolen)
    status, _, err = await ended(environment, "serve", "--port", str(free_port()))
    assert status != 0
    assert "not in the key ring" in err
    assert digests(stolen) == before


def _file(folder: Path, key: str) -> dict[str, str]:
    file = folder / "data" / "key"
    file.write_text(key)
    file.chmod(0o600)
    return {"AUXCORD_ENCRYPTION_KEYS_FILE": str(file)}


def _deeper(folder: Path, key: str) -> dict[str, str]:
    (folder / "data" / "a" / "b").mkdir(parents=True)
    return _file_at(folder / "data" / "a" / "b" / "key", key)


def _file_at(file: Path, key: str) -> dict[str, str]:
    file.write_text(key)
    file.chmod(0o600)
    return {"AUXCORD_ENCRYPTION_KEYS_FILE": str(file)}


def _by_dots(folder: Path, key: str) -> dict[str, str]:
    _file(folder, key)
    return {"AUXCORD_ENCRYPTION_KEYS_FILE": f"{folder}/elsewhere/../data/key"}


def _by_link(folder: Path, key: str) -> dict[str, str]:
    _file(folder, key)
    link = folder / "link"
    link.symlink_to(folder / "data" / "key")
    return {"AUXCORD_ENCRYPTION_KEYS_FILE": str(link)}


def _link_in(folder: Path, key: str) -> dict[str, str]:
    _file_at(folder / "key", key)
    link = folder / "data" / "link"
    link.symlink_to(folder / "key")
    return {"AUXCORD_ENCRYPTION_KEYS_FILE": str(link)}


def _linked_database(folder: Path, key: str) -> dict[str, str]:
    (folder / "other").mkdir()
    (folder / "other" / "link.sqlite3").symlink_to(folder / "data" / "auxcord.sqlite3")
    return _file(folder, key) | {
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/other/link.sqlite3",
    }


def _config(folder: Path, key: str) -> dict[str, str]:
    file = folder / "data" / "settings.toml"
    file.write_text(f'AUXCORD_ENCRYPTION_KEYS = "{key}"\n')
    file.chmod(0o600)
    return {"AUXCORD_CONFIG": str(file)}


PLACES = (_file, _deeper, _by_dots, _by_link, _link_in, _linked_database, _config)


def beside(folder: Path, place: Callable[[Path, str], dict[str, str]], key: str) -> dict[str, str]:
    """The settings of somebody whose keys lie where the data lies."""
    for name in ("data", "elsewhere"):
        (folder / name).mkdir(mode=0o700)
    return {
        "SPOTIFY_CLIENT_ID": "0" * 32,
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/data/auxcord.sqlite3",
    } | place(folder, key)


@pytest.mark.parametrize("place", PLACES, ids=lambda each: each.__name__)
def test_keys_that_lie_where_the_data_lies_are_refused(
    tmp_path: Path, place: Callable[[Path, str], dict[str, str]]
) -> None:
    key = KeyRing.new_key()
    with pytest.raises(SettingsError, match="lies in the data directory") as caught:
        Settings.load(beside(tmp_path, place, key))
    assert key not in str(caught.value)


async def test_the_command_does_not_start_with_them_and_makes_no_file(tmp_path: Path) -> None:
    kept_ = {name: value for name, value in os.environ.items() if not name.startswith("AUXCORD_")}
    environment = kept_ | {"HOME": str(tmp_path)} | beside(tmp_path, _by_link, KeyRing.new_key())
    status, out, err = await ended(environment, "serve", "--port", str(free_port()))
    assert (status, out) == (2, "")
    assert "lies in the data directory" in err
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["key"]
