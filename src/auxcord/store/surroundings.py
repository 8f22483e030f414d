"""Whether a database lies where it can live: private files, a disk with room, no network in between."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auxcord.errors import StoreDamagedError
from auxcord.store.files import PRIVATE_FILE
from auxcord.store.integrity import index_of, log_of, require_complete
from auxcord.telemetry.findings import Finding, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LITTLE: Final = 200 * 1024 * 1024
_TOO_LITTLE: Final = 20 * 1024 * 1024
_REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "ocfs2", "gfs2", "glusterfs", "davfs"}
    | {"smb2", "ncpfs", "coda", "beegfs", "gpfs", "pvfs2", "orangefs"}
    | {f"fuse.{name}" for name in ("sshfs", "s3fs", "rclone", "glusterfs", "gcsfuse", "ceph-fuse", "juicefs")}
)
_SHARED: Final = frozenset({"9p", "virtiofs", "vboxsf", "prl_fs"})
MOUNTS: Final = Path("/proc/self/mountinfo")
"""Where Linux tells what is mounted."""
_MEGABYTE: Final = 1024 * 1024


def free_bytes(directory: Path) -> int:
    """How much room there is on the disk of a directory."""
    return shutil.disk_usage(directory).free


def surroundings(
    path: Path, *, mounts: Path = MOUNTS, room: Callable[[Path], int] = free_bytes
) -> Iterator[Finding]:
    """Tell about a database's files, their directory and their disk; the files are not opened.

    Args:
        path: The database.
        mounts: Where the system tells what is mounted.
        room: Bytes free on the disk of a directory.
    """
    if not path.exists():
        yield warning(
            f"There is no database at {path} yet.",
            "If there should be, correct AUXCORD_DATABASE_URL; otherwise the first start makes it.",
        )
    elif not path.is_file():
        yield problem(f"{path} is not a file.", "Let AUXCORD_DATABASE_URL name a file.")
    else:
        yield from _complete(path)
        yield from _private(path)
    yield from _directory(path.parent)
    yield _room(room(_existing(path.parent)))
    yield from network(path.parent, mounts)


def _complete(path: Path) -> Iterator[Finding]:
    try:
        require_complete(path)
    except StoreDamagedError as error:
        yield problem(str(error), error.advice)
    else:
        log = log_of(path)
        open_ = f", {log.stat().st_size:,} bytes not folded in yet" if log.exists() else ", cleanly closed"
        yield ok(f"The database is {path}, {path.stat().st_size:,} bytes{open_}.")


def _private(path: Path) -> Iterator[Finding]:
    if os.name != "posix":
        return
    files = [file for file in (path, log_of(path), index_of(path)) if file.exists()]
    wide = [file for file in files if stat.S_IMODE(file.stat().st_mode) & ~PRIVATE_FILE]
    for file in wide:
        yield problem(
            f"Others can read {file} (mode {stat.S_IMODE(file.stat().st_mode):04o}).",
            f"Run: chmod 600 {file}",
        )
    if not wide:
        yield ok("Only its owner can read it.")
    owner = path.stat().st_uid
    if owner != os.geteuid():
        yield warning(
            f"{path} belongs to the account {owner}, and this is {os.geteuid()}.",
            "Run this, and Auxcord, as the account the data belongs to.",
        )
    elif not os.access(path, os.R_OK | os.W_OK):
        yield problem(f"{path} cannot be written.", f"Run: chmod 600 {path}")


def _directory(directory: Path) -> Iterator[Finding]:
    if not directory.exists():
        return
    if os.name == "posix" and directory.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield problem(f"Others can write to {directory}.", f"Run: chmod 700 {directory}")
    if not os.access(directory, os.W_OK | os.X_OK):
        yield problem(f"{directory} cannot be written.", "Let it belong to the account that runs Auxcord.")


def _room(free: int) -> Finding:
    sentence = f"The disk has {free // _MEGABYTE:,} MB free."
    if free < _TOO_LITTLE:
        return problem(sentence, "Make room: when it is full, nobody can sign in or be refreshed.")
    return warning(sentence, "Make room soon.") if free < _LITTLE else ok(sentence)


def network(directory: Path, mounts: Path) -> Iterator[Finding]:
    """Tell if a directory, or where it will be made, lies where SQLite's locks cannot be relied on.

    Args:
        directory: Of the database.
        mounts: Where the system tells what is mounted.
    """
    kind = file_system(_existing(directory).resolve(), mounts)
    if kind in _REMOTE:
        yield problem(
            f"The database lies on a network file system ({kind}), where SQLite's locks cannot be trusted.",
            "Move it to a disk of this machine.",
        )
    elif kind in _SHARED:
        yield warning(
            f"The database lies in a folder shared with another system ({kind}).",
            "Make sure that only one machine opens it, or move it to a disk of this machine.",
        )
    elif kind == "fuse" or kind.startswith("fuse."):
        yield warning(
            f"The database lies in a file system that a program provides ({kind}), where locks may not hold.",
            "Move it to a disk of this machine, unless you know that the program keeps them.",
        )


def file_system(path: Path, mounts: Path) -> str:
    """Return the kind of file system a path is on, such as `ext4`; empty where that cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    found = ("", "")
    for line in lines:  # proc_pid_mountinfo(5): … mount point … - type source options
        fields, _, rest = line.partition(" - ")
        place = fields.split()[4].replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= len(found[0]):
            found = (place, rest.split()[0])
    return found[1]


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
