"""T06: files are private from the first instant, whatever the umask.

Bar: under umask 000, every call with which the real commands make or change files and directories asks the
system for 0600 or 0700 at most; nothing is ever wider, not even before a later chmod.
"""

from __future__ import annotations

import asyncio
import builtins
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx2
import pytest
from sqlalchemy import insert

from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.store import Store
from auxcord.store.schema import users
from tests.cli.conftest import home, spotify
from tests.cli.programs import line_with, started
from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Figures
    from tests.cli.programs import Environment

__all__ = ["home", "spotify"]

pytestmark = pytest.mark.anyio

CALLS = "?open,openat,?openat2,?creat,?mkdir,mkdirat,?chmod,fchmod,fchmodat,?mknod,mknodat"
LINE = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\) = \d+")
PLACE = re.compile(r'"((?:[^"\\]|\\.)*)"|\d+<([^>]*)>')
DIRECTORIES = {"mkdir", "mkdirat"}


class Made(NamedTuple):
    """A file or directory that was made, or whose mode was changed."""

    call: str
    path: str
    mode: int

    @property
    def is_wide(self) -> bool:
        most = 0o700 if self.call in DIRECTORIES or Path(self.path).is_dir() else 0o600
        return bool(self.mode & ~most & 0o7777)


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


class Tracer:
    """The system calls of commands, by strace.

    Args:
        home: Only files below it count.
    """

    def __init__(self, home: Path) -> None:
        self._home = str(home)
        self._logs = home.parent / "strace"
        self._logs.mkdir()
        # As the command's grandchild (-D), so that signals reach the command; one file for each thread (-ff).
        self.under = ["strace", "-D", "-ff", "-y", "-e", f"trace={CALLS}", "-o", str(self._logs / "log")]

    async def made(self) -> list[Made]:
        """Everything made so far, once every thread's log is complete."""
        async with asyncio.timeout(30):
            # Nobody tells when a grandchild has written its last line.
            while not all("+++ " in log.read_text() for log in self._logs.iterdir()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        lines = [line for log in sorted(self._logs.iterdir()) for line in log.read_text().splitlines()]
        return [made for line in lines if (made := read(line)) and made.path.startswith(self._home)]


def read(line: str) -> Made | None:
    """Read one line of strace's; None if nothing was made or it failed."""
    match = LINE.match(line)
    if match is None or ("open" in match["call"] and "O_CREAT" not in match["arguments"]):
        return None
    places = [quoted or opened for quoted, opened in PLACE.findall(match["arguments"])]
    modes = re.findall(r"\b0\d{2,4}\b", match["arguments"])
    assert places, line
    assert modes, line
    # A path relative to an open directory is joined to it; an absolute one replaces it.
    return Made(match["call"], os.path.join(*places), int(modes[-1], 8))  # noqa: PTH118 - as the system does


def can_trace() -> bool:
    """Whether strace is there and may trace; in CI it must be."""
    command = ["strace", "-o", os.devnull, "true"]
    can = shutil.which(command[0]) is not None and subprocess.run(command, check=False).returncode == 0
    assert can or os.environ.get("CI") != "true", "strace is missing or may not trace: apt-get install strace"
    return can


@pytest.fixture
def tracer(home: Environment) -> Tracer:
    """A tracer, and a home for what it traces."""
    if not can_trace():
        pytest.skip("strace is not installed, or may not trace here")
    folder = Path(home["HOME"], "home")
    (folder / "tmp").mkdir(parents=True, mode=0o700)
    home |= {
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Tracer(folder)


def told(figures: Figures, command: str, made: list[Made]) -> None:
    figures.measure(f"files and directories made by `{command}`", len(made), ">= 1")
    wide = [each for each in made if each.is_wide]
    assert wide == []
    figures.count(f"wider than 0600 or 0700, by `{command}`", len(wide), "== 0")


@pytest.mark.server
async def test_signing_in_makes_private_files_only(
    home: Environment, spotify: str, tracer: Tracer, figures: Figures
) -> None:
    async with (
        started(home, "login", "--no-browser", under=tracer.under, umask=0) as process,
        httpx2.AsyncClient(trust_env=False) as browser,
    ):
        await browser.post(f"{spotify}/_simulator/auto-approve", json={"user": "ada"})
        await browser.get((await line_with(process.stderr, "/authorize?")).strip(), follow_redirects=True)
        await process.communicate()
        assert process.returncode == 0
    made = await tracer.made()
    names = {Path(each.path).name for each in made}
    assert {"auxcord.sqlite3", "auxcord.sqlite3-wal", "auxcord.sqlite3-shm", "auxcord-keys"} <= names
    assert any("encryption-keys" in name for name in names)
    told(figures, "auxcord login", made)
    assert wide_below(Path(home["HOME"])) == {}


@pytest.mark.server
async def test_serving_makes_private_files_only(
    home: Environment, spotify: str, tracer: Tracer, figures: Figures
) -> None:
    async with started(home, "keys", "new") as process:
        home["AUXCORD_ENCRYPTION_KEYS"] = (await process.communicate())[0].decode().strip()
    home["AUXCORD_PORT"] = str(free_port())
    async with started(home, "serve", under=tracer.under, umask=0) as process:
        await line_with(process.stderr, "/mcp")
        async with httpx2.AsyncClient(trust_env=False) as http:
            base = f"http://127.0.0.1:{home['AUXCORD_PORT']}"
            document = {"client_name": "Test program", "redirect_uris": ["http://127.0.0.1:3939/callback"]}
            assert (await http.post(f"{base}/register", json=document)).status_code == 201
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert process.returncode == 0
    told(figures, "auxcord serve", await tracer.made())
    assert wide_below(Path(home["HOME"])) == {}


@pytest.mark.server
async def test_the_tracer_sees_a_file_that_is_wide_for_a_moment(home: Environment, tracer: Tracer) -> None:
    careless = "import os, pathlib as p; f = p.Path(os.environ['HOME'], 'f'); f.touch(); f.chmod(0o600)"
    command = [*tracer.under, sys.executable, "-c", careless]
    process = await asyncio.create_subprocess_exec(*command, env=home, umask=0)
    await process.wait()
    assert [made.is_wide for made in await tracer.made()] == [True, False]


def wide_below(folder: Path) -> dict[str, str]:
    """What others could reach below a folder."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    return {str(path): f"{mode:04o}" for path, mode in modes.items() if mode & 0o077}


class Recorder:
    """Notes every mode with which Python code of this process makes files and directories below a folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = str(folder)
        self.made: list[Made] = []
        for module, name in ((os, "open"), (os, "mkdir"), (os, "chmod"), (io, "open"), (builtins, "open")):
            patch.setattr(module, name, self._noting(getattr(module, name), name, module is os))

    def _noting(self, real: Any, name: str, low: bool) -> Any:  # noqa: FBT001 - wrapped once, above
        def noting(path: Any, *arguments: Any, **options: Any) -> Any:
            place = str(path)
            if place.startswith(self._folder):
                self._note(place, name, low, arguments, options)
            return real(path, *arguments, **options)

        return noting

    def _note(self, place: str, name: str, low: bool, arguments: Any, options: Any) -> None:  # noqa: FBT001
        if name in {"mkdir", "chmod"}:
            self.made.append(Made(name, place, (*arguments, options.get("mode", 0o777))[0]))
        elif low and arguments[0] & os.O_CREAT:
            self.made.append(Made(name, place, (*arguments[1:], options.get("mode", 0o777))[0]))
        elif not low:
            how = (*arguments, options.get("mode", "r"))[0]
            if set(how) & set("wxa") and not Path(place).exists():
                self.made.append(Made(name, place, 0o666))


async def test_no_code_of_ours_asks_for_more(
    home: Environment, tmp_path: Path, no_umask: None, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, home[name])
    recorder = Recorder(tmp_path, monkeypatch)
    settings = Settings.load({"SPOTIFY_CLIENT_ID": "0" * 32}, command="stdio")
    assert local_keys(settings)
    store = Store(settings.database_url)
    await store.open()
    await store.checkpoint()
    await store.close()
    told(figures, "library calls", recorder.made)
    assert {each.call for each in recorder.made} >= {"open", "mkdir"}
    assert wide_below(tmp_path) == {}


class Watcher:
    """Looks at every mode below a directory, over and over, until told to stop."""

    def __init__(self, directory: Path) -> None:
        self.seen: dict[str, int] = {}
        self.looks = 0
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
            self._look()
            if self._stop.is_set():
                return

    def _look(self) -> None:
        for path in self._directory.rglob("*"):
            try:
                mode = stat.S_IMODE(path.stat().st_mode)
            except FileNotFoundError:  # SQLite removed its log between the listing and the look
                continue
            self.looks += 1
            self.seen[path.name] = self.seen.get(path.name, 0) | mode


async def test_no_file_is_ever_seen_wide_while_the_store_is_made_and_used(
    tmp_path: Path, no_umask: None, figures: Figures
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/data/auxcord.db")
    with Watcher(tmp_path) as watcher:
        await store.open()
        async with store.write() as connection:
            await connection.execute(insert(users).values(user_id="u", lookup=b"l", created_at=0))
        await store.checkpoint()
        await store.close()
    assert {"data", "auxcord.db", "auxcord.db-wal", "auxcord.db-shm"} <= watcher.seen.keys()
    figures.measure("looks at modes while the store was made", watcher.looks, ">= 10")
    wide = {name: mode for name, mode in watcher.seen.items() if mode & 0o077}
    figures.count("files seen wider than private", len(wide), "== 0")
