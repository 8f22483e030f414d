"""The database is private from the first instant, whatever the umask."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from auxcord.errors import StoreError, StoreUnavailableError
from auxcord.store import Store
from auxcord.store.files import prepare

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
