"""Starts `auxcord` commands quickly: everything is imported once, then each process is a fork of this one.

Importing is most of what a start costs (1.2 s of CPU); tests that kill hundreds of processes cannot pay it
each time. What runs is the command itself, in a process of its own, with its own environment and log.

python -m tests.starter, then one JSON object a line on standard input, an answer a line on standard output:

    {"arguments": [...], "environment": {...}, "log": "path"}    the process id; with "fresh": true it is a
                                                                 program of its own, not only a fork
    {"ended": pid}                                               the exit status, or null

When standard input ends, so do all processes that were started.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from typing import Any, NoReturn

import auxcord.cli.serve
import auxcord.cli.simulator  # noqa: F401 - imported so that the forks have it
from auxcord.__main__ import main

LATE = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "auxcord.store.migration",
    "fastmcp.server.context",
    "fastmcp.server.providers.prefab_payload",
    "httpcore2",
    "key_value.aio.adapters.pydantic",
    "key_value.aio.stores.memory",
    "sqlalchemy.ext.asyncio",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.websockets.auto",
)
"""What a server imports only when it starts or is first called."""

_STATUS: dict[int, int | None] = {}


def _answer(asked: dict[str, Any]) -> int | None:
    if "ended" in asked:
        return _ended(asked["ended"])
    pid = os.fork()
    if pid == 0:
        _become(asked["arguments"], asked["environment"], asked["log"], fresh=asked.get("fresh", False))
    _STATUS[pid] = None
    return pid


def _ended(pid: int) -> int | None:
    """The exit status, negative for a signal; None while it runs."""
    if _STATUS[pid] is None:
        found, status = os.waitpid(pid, os.WNOHANG)
        _STATUS[pid] = os.waitstatus_to_exitcode(status) if found else None
    return _STATUS[pid]


def _become(arguments: list[str], environment: dict[str, str], log: str, *, fresh: bool) -> NoReturn:
    """Be `auxcord <arguments>` from here on."""
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, source in ((0, nothing), (1, written), (2, written)):
            os.dup2(source, number)
        if fresh:
            os.execve(sys.executable, [sys.executable, "-m", "auxcord", *arguments], environment)  # noqa: S606
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["auxcord", *arguments]
        main()
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 1)
    except BaseException:  # noqa: BLE001 - the fork must not come back into the starter's loop
        sys.excepthook(*sys.exc_info())
        _leave(1)
    _leave(0)


def _leave(status: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _end_all() -> None:
    for pid in _STATUS:
        if _ended(pid) is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    for name in LATE:
        importlib.import_module(name)
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
            sys.stdout.flush()
    finally:
        _end_all()
