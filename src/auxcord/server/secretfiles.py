"""Files that hold secrets: only we may read them, and the keys must not lie where the data lies."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG: Final = "AUXCORD_CONFIG"
KEYS: Final = "AUXCORD_ENCRYPTION_KEYS"
SECRETS: Final = frozenset({KEYS, "SPOTIFY_CLIENT_SECRET", "AUXCORD_SPOTIFY_APPS"})
"""Settings whose values nobody else may read."""


def exposed(name: str, path: str, status: os.stat_result) -> list[str]:
    """Tell if a file that holds a secret can be read or changed by others.

    A group may read it where that is how we read it ourselves: the file is somebody else's, the group ours.

    Args:
        name: The setting that names the file.
        path: The file.
        status: Of the file that was opened.
    """
    if os.name != "posix" or not stat.S_ISREG(status.st_mode) or not status.st_mode & _forbidden(status):
        return []
    return [f"{name} can be read by others: it holds a secret, so nobody else may. Run: chmod 600 {path}"]


def files(values: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Path]:
    """Return the files secrets came from, each by the name of the setting that names it.

    Args:
        values: Everything that was given, from wherever.
        env: The environment alone.
    """
    named = {}
    for name in SECRETS & values.keys() - env.keys():
        holder = f"{name}_FILE" if f"{name}_FILE" in values else CONFIG
        named[holder] = Path(values[holder])
    return named


def out_of_place(values: Mapping[str, Any], env: Mapping[str, str], database: Path, source: str) -> list[str]:
    """Tell if the keys come from two places, or lie where the data lies.

    Args:
        values: Everything that was given, from wherever.
        env: The environment alone.
        database: The file the data lies in.
        source: AUXCORD_KEY_SOURCE.
    """
    if KEYS not in values:
        return []
    problems = []
    if source != "file":
        problems.append(f"AUXCORD_KEY_SOURCE is {source}, but {KEYS} is set too. Keep one of them.")
    if KEYS not in env:
        holder = f"{KEYS}_FILE" if f"{KEYS}_FILE" in values else CONFIG
        if lies_in(Path(values[holder]), database):
            problems.append(
                f"{holder} lies in the data directory {database.absolute().parent}, so that who copies the "
                "data has the keys. Move it."
            )
    return problems


def lies_in(file: Path, database: Path) -> bool:
    """Say whether a file, or a link to it, lies in the directory of a database or below it."""
    directories = {database.absolute().parent.resolve(), database.resolve().parent}
    places = {*file.resolve().parents, file.parent.resolve(), *file.parent.resolve().parents}
    return any(
        place == directory or _is_same(place, directory) for place in places for directory in directories
    )


def _is_same(one: Path, other: Path) -> bool:
    """Say whether two paths lead to one directory, as when it is mounted twice."""
    return one.exists() and other.exists() and one.samefile(other)


def _forbidden(status: os.stat_result) -> int:
    uid = os.geteuid()
    ours_by_group = uid not in {0, status.st_uid} and status.st_gid in {os.getegid(), *os.getgroups()}
    return stat.S_IRWXO | stat.S_IWGRP | (0 if ours_by_group else stat.S_IRWXG)
