"""The database is private from the first instant, whatever the umask."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Self

import pytest
from sqlalchemy import insert

from auxcord.errors import StoreError, StoreUnavailableError
from auxcord.store import Store
from auxcord.store.files import prepare
from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(directory: Path) -> dict[str, int]:
    modes = {}
    for path in [directory, *directory.rglob("*")]:
        try:
            modes[str(path)] = path.stat().st_mode & 0o777
        except FileNotFoundError:  # SQLite removed its log between the listing and the look
            continue
    return modes


class _Watcher:
    """Looks at every mode below a directory, over and over, until told to stop."""

    def __init__(self, directory: Path) -> None:
        self.seen: dict[str, int] = {}
        self._directory = directory
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            for path in self._directory.glob("*"):
                for name, mode in _modes(path).items():
                    self.seen[name] = self.seen.get(name, 0) | mode
            if self._stop.is_set():
                return


def test_the_file_and_its_directories_are_private_before_sqlite_opens_them(
    tmp_path: Path, no_umask: None
) -> None:
    path = tmp_path / "a" / "b" / "auxcord.db"
    prepare(path)
    assert _modes(tmp_path / "a") == {
        str(tmp_path / "a"): 0o700,
        str(tmp_path / "a" / "b"): 0o700,
        str(path): 0o600,
    }


@pytest.mark.anyio
async def test_no_file_is_ever_wider_than_private_while_the_store_is_created_and_used(
    tmp_path: Path, no_umask: None
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/data/auxcord.db")
    with _Watcher(tmp_path) as watcher:
        await store.open()
        async with store.write() as connection:
            await connection.execute(insert(users).values(user_id="u", lookup=b"l", created_at=0))
        await store.checkpoint()
        await store.close()
    names = {name.removeprefix(f"{tmp_path}/data/"): mode for name, mode in watcher.seen.items()}
    assert {"auxcord.db", "auxcord.db-wal", "auxcord.db-shm"} <= names.keys()
    assert {name: mode for name, mode in names.items() if mode & 0o077} == {}


@pytest.mark.anyio
async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path, no_umask: None) -> None:
    path = tmp_path / "auxcord.db"
    path.touch(0o666)
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    await store.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_directory_in_the_files_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a file"):
        prepare(tmp_path)


def test_a_file_in_the_directorys_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StoreUnavailableError, match="cannot be used"):
        prepare(tmp_path / "data" / "auxcord.db")


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("somebody's notes, which are no database\n" * 10)
    file.chmod(0o644)
    link = tmp_path / "auxcord.db"
    link.symlink_to(file)
    for path in (file, link):
        with pytest.raises(StoreError):
            await Store(f"sqlite+aiosqlite:///{path}").open()
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert file.read_text().startswith("somebody's notes")
