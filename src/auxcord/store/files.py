"""Private files: the database is created readable by nobody else, from the first instant."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

from auxcord.errors import StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
ROOM = 1024 * 1024
"""Bytes the disk must have left before something is begun whose outcome must not be lost."""
_MAGIC = b"SQLite format 3\x00"


def prepare(path: Path) -> None:
    """Make sure `path` exists as a file only its owner can read, in a directory that exists.

    Missing directories are created with mode 0700 and a missing file with 0600, whatever the umask; SQLite
    gives its write-ahead log and shared memory the same mode. An existing file that others can read is closed
    to them.

    Raises:
        StoreUnavailableError: The directory or file cannot be created or made private.
    """
    try:
        make_directories(path.parent)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE_FILE)
        except FileExistsError:
            _make_private(path)
        else:
            os.close(descriptor)
        _require_writable(path)
    except OSError as error:
        raise StoreUnavailableError(
            f"The database file {path} cannot be used: {error.strerror}.",
            advice="Check that the directory exists and belongs to the account that runs Auxcord.",
        ) from error


def _require_writable(path: Path) -> None:
    """Insist that the file and its directory can be written: SQLite keeps its log beside it."""
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, "it, or its directory, is read-only")


def require_room(path: Path) -> None:
    """Insist that the disk of this database has room for what is begun now and written later.

    Raises:
        StoreUnavailableError: It has not; nothing was begun.
    """
    if shutil.disk_usage(path.parent).free < ROOM:
        raise StoreUnavailableError("The disk that holds the database is full.")


def make_directories(directory: Path) -> None:
    """Create a directory and those above it that are missing, each readable by its owner alone."""
    missing = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    for each in reversed(missing):
        each.mkdir(PRIVATE_DIRECTORY, exist_ok=True)


def _make_private(path: Path) -> None:
    status = path.stat()
    if not path.is_file():
        raise StoreError(f"The database {path} is not a file.", advice="Choose another path.")
    if status.st_mode & 0o077 and _is_database(path):
        path.chmod(PRIVATE_FILE)


def _is_database(path: Path) -> bool:
    """Whether this may be ours. Nothing is done to other files; opening them will say what they are."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) in {b"", _MAGIC}
