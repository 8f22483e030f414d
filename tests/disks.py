"""Disks that are full, read-only or broken, under real processes.

A `SmallDisk` is a file system of its own and needs the right to mount one. A `BrokenDisk` needs none: libfiu
sits between a process and its operating system and lets the calls fail that SQLite makes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tests.needed import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Program
    from tests.replicas import Replicas

_PAGE: Final = 4096
_LIBRARIES: Final = tuple(Path("/usr/lib/fiu", f"fiu_{name}_preload.so") for name in ("run", "posix"))
_WRITING: Final = ("posix/io/rw/pwrite",)
_SYNCING: Final = ("posix/io/sync/fsync", "posix/io/sync/fdatasync")


class Disk(Protocol):
    """The disk under one replica's database."""

    async def serve(self, house: Replicas) -> Program:
        """Start a replica on it."""
        ...

    async def fill(self) -> None:
        """Leave no room."""
        ...

    async def free(self) -> None:
        """Make room again."""
        ...


class SmallDisk:
    """A tmpfs. It is mounted where the replicas' database goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    async def serve(self, house: Replicas) -> Program:
        """Start a replica on it."""
        return await house.add()

    async def fill(self, *, leave: int = 0) -> None:
        """Write until nothing more fits, or until so many bytes are left."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while shutil.disk_usage(self._folder).free > leave or not leave:
                file.write(bytes(_PAGE))

    async def free(self) -> None:
        """Remove what was written to fill it."""
        self._ballast.unlink(missing_ok=True)

    def remount(self, how: str) -> None:
        """Make it read-only (`ro`) or writable (`rw`); nobody may have files on it open for writing."""
        subprocess.run(["mount", "-o", f"remount,{how}", str(self._folder)], check=True)


@contextmanager
def small_disk(folder: Path, *, megabytes: int = 32) -> Iterator[SmallDisk]:
    """Mount a small disk until the block is left; passed over without the right to do so."""
    folder.mkdir(mode=0o700)
    options = f"size={megabytes}m,mode=0700"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False)
    if mounted.returncode != 0:
        missing("the right to mount a tmpfs (run as root)")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class BrokenDisk:
    """What one replica meets when it writes, as long as it is told to.

    Args:
        folder: Where the pipes to the process go.
    """

    def __init__(self, folder: Path) -> None:
        if not all(library.exists() for library in _LIBRARIES):
            missing("libfiu (apt-get install fiu-utils)")
        self._pipes = folder / "fiu"
        self._replica: Program | None = None
        self._failing: set[str] = set()

    async def serve(self, house: Replicas) -> Program:
        """Start a replica on it."""
        self._replica = await house.add(
            fresh=True,
            LD_PRELOAD=" ".join(str(library) for library in _LIBRARIES),
            FIU_CTRL_FIFO=str(self._pipes),
        )
        return self._replica

    async def fill(self) -> None:
        """Let writing fail for want of room."""
        await self.fail_writing(errno.ENOSPC)

    async def free(self) -> None:
        """Let everything succeed again."""
        while self._failing:
            await self._tell(f"disable name={self._failing.pop()}")

    async def fail_writing(self, number: int) -> None:
        """Let writing fail with this error number."""
        await self._fail(_WRITING, number)

    async def fail_syncing(self) -> None:
        """Let bringing data to the disk fail (EIO)."""
        await self._fail(_SYNCING, errno.EIO)

    async def _fail(self, calls: tuple[str, ...], number: int) -> None:
        for name in calls:
            await self._tell(f"enable name={name},failinfo={number}")
            self._failing.add(name)

    async def _tell(self, command: str) -> None:
        assert self._replica is not None
        await asyncio.to_thread(self._exchange, f"{self._pipes}-{self._replica.pid}", command)

    @staticmethod
    def _exchange(pipes: str, command: str) -> None:
        Path(f"{pipes}.in").write_text(f"{command}\n", encoding="ascii")
        assert Path(f"{pipes}.out").read_text(encoding="ascii").strip() == "0", command
