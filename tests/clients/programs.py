"""Programs of others, run as on a person's machine: a home of their own, a browser, an end in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
NODE_BIN = HERE.parents[1] / ".node" / "node_modules" / ".bin"
CLOSING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that is home to one person's programs, and the environment they run in."""

    folder: Path
    environment: dict[str, str]

    @property
    def browser_said(self) -> str:
        """What went wrong in the browser the programs opened, if anything."""
        diary = self.folder / "browser.log"
        return diary.read_text() if diary.exists() else ""


@contextmanager
def home_of(person: str, **extra: str) -> Iterator[Home]:
    """A fresh home in which opening a web browser makes `person` sign in.

    Programs open a browser through `$BROWSER`, `xdg-open` or `open`: all three are our browser.py. No
    display, desktop or proxy variable is passed on, so nothing opens for real.
    """
    if not (NODE_BIN / "node").exists():
        raise FileNotFoundError("Node and the programs are not installed; run: python scripts/node.py")
    with tempfile.TemporaryDirectory(prefix="auxcord-home-") as name:
        folder = Path(name)
        opener = folder / "bin" / "xdg-open"
        opener.parent.mkdir()
        browse = f'"{sys.executable}" "{HERE / "browser.py"}" --person {person}'
        opener.write_text(f'#!/bin/sh\nexec {browse} "$1" 2>>"{folder}/browser.log"\n')
        opener.chmod(0o755)
        (opener.parent / "open").symlink_to(opener)
        path = os.pathsep.join([str(opener.parent), str(NODE_BIN), "/usr/local/bin:/usr/bin:/bin"])
        basics = {"HOME": name, "PATH": path, "BROWSER": str(opener), "TMPDIR": name, "NO_COLOR": "1"}
        yield Home(folder, basics | extra)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended and what it said."""

    status: int
    out: str
    err: str


def end(process: anyio.abc.Process) -> None:
    """End a program we started and whatever it started, by its own process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


async def run(command: Sequence[str], environment: Mapping[str, str], *, seconds: float) -> Outcome:
    """Run a program to its end, at most `seconds`.

    Raises:
        TimeoutError: It was still running, and was ended.
    """
    async with await anyio.open_process(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        cwd=environment["HOME"],
        start_new_session=True,
    ) as process:
        said: dict[str, str] = {}

        async def listen(name: str, stream: anyio.abc.ByteReceiveStream | None) -> None:
            if stream is not None:
                said[name] = b"".join([chunk async for chunk in stream]).decode(errors="replace")

        try:
            with anyio.fail_after(seconds):
                async with anyio.create_task_group() as listeners:
                    listeners.start_soon(listen, "out", process.stdout)
                    listeners.start_soon(listen, "err", process.stderr)
                status = await process.wait()
        finally:
            end(process)
    return Outcome(status, said.get("out", ""), said.get("err", ""))
