"""Processes whose wall clock is wrong, by a small library (clocks.c) between them and the machine's.

    clock = WrongClock(folder, 7200)                    two hours ahead
    replica = await house.add(fresh=True, **clock.environment)
    clock.set(-7200)                                    from now on two hours behind

Only the wall clock is wrong; what nobody can set on a real machine, the time since it began, is right.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.needed import missing

_SOURCE: Final = Path(__file__).with_name("clocks.c")
_numbers = itertools.count()


class WrongClock:
    """The wall clock of one process, or of several.

    Args:
        folder: Where the library goes, and the file that tells the processes how wrong it is.
        ahead: Seconds; negative when it is behind.
    """

    def __init__(self, folder: Path, ahead: int = 0) -> None:
        self._library = folder / "clocks.so"
        self._file = folder / f"clock-{next(_numbers)}"
        self._file.write_bytes(bytes(8))
        self.set(ahead)
        if not self._library.exists():
            _compile(self._library)

    def set(self, ahead: int) -> None:
        """Let it jump, to so many seconds ahead of the right time; processes notice at once."""
        with self._file.open("r+b") as file:  # in place: the processes have it mapped
            file.write(ahead.to_bytes(8, "little", signed=True))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that is to have this clock; it has to be a program of its own."""
        return {"LD_PRELOAD": str(self._library), "WRONG_CLOCK": str(self._file)}


def _compile(library: Path) -> None:
    compiler = shutil.which("gcc") or missing("a C compiler (apt-get install gcc libc6-dev)")
    command = (compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl")
    if subprocess.run(command, check=False).returncode != 0:
        missing("what a C compiler needs (apt-get install libc6-dev)")
