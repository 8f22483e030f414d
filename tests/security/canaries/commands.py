"""Every command, with secrets in its environment: well, badly configured, and wrongly used."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from auxcord.server import loading
from auxcord.server.secretfiles import SECRETS
from auxcord.server.settings import Settings
from auxcord.vault import KeyRing
from tests.security.canaries.fumbling import fumbling
from tests.security.canaries.ledger import ENCRYPTION_KEY, MISPLACED, NEW_KEY, PASSWORD, SPOTIFY_REFRESH
from tests.security.canaries.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.security.canaries.stage import Stage

_FINE: Final = (
    "doctor --for serve",
    "doctor --json",
    "doctor --settings",
    "doctor --settings --json",
    "keys list",
    "keys check",
    "keys rotate --data-keys",
    "users list",
    "users list --names",
    "users list --names --json",
    "users disconnect nobody --yes",
    "users revoke-all --user nobody --yes",
    "audit verify",
    "audit verify --anchor 1:00",
    "no-such-command",
    "serve --port 1000000",
)
_NEED_KEYS: Final = ("serve", "doctor", "keys list", "keys check", "users list", "audit verify", "")


@dataclass
class Terminal:
    """Runs commands and keeps all they print.

    Attributes:
        stage: Where.
        environment: What every command finds.
    """

    stage: Stage
    environment: dict[str, str]

    async def run(
        self,
        command: str,
        *,
        name: str = "",
        meanwhile: Callable[[Path], Awaitable[Any]] | None = None,
        fresh: bool = False,
        **settings: str,
    ) -> str:
        """Run a command to its end; returns what it printed.

        Args:
            command: With its arguments.
            name: What is special about it.
            meanwhile: What to do while it runs; it is given the file the command prints to.
            fresh: Whether it is a program of its own, not a fork.
            settings: What it finds in its environment besides.
        """
        log = self.stage.house.folder / f"command-{secrets.token_hex(6)}.log"
        log.touch()
        found = self.environment | settings
        pid = await self.stage.starter.ask(
            arguments=command.split(), environment=found, log=str(log), fresh=fresh
        )
        if meanwhile is not None:
            await meanwhile(log)
        await until(partial(self._is_over, pid))
        place = f"auxcord {command} {name}".strip()
        told = log.read_text()
        assert told, f"{place} said nothing"
        kind = "audit lines" if command.startswith("audit export") else "command output"
        if "Traceback" in told:
            kind = "crash text"
        self.stage.ledger.hear(kind, place, told)
        self.stage.paths.add(f"command: {place}")
        return told

    async def _is_over(self, pid: int) -> bool:
        return await self.stage.starter.ask(ended=pid) is not None


async def drive(stage: Stage) -> None:
    """Run them all."""
    terminal = Terminal(stage, stage.house.environment)
    for command in _FINE:
        await terminal.run(command)
    lines = (await terminal.run("audit export")).splitlines()
    assert len([json.loads(line) for line in lines if line.startswith("{")]) >= 20
    stage.ledger.note(NEW_KEY, (await terminal.run("keys new")).strip())
    await terminal.run(f"rescue {stage.house.folder / 'rescued.sqlite3'}")
    await _wrong_keys(stage, terminal)
    await _wrong_settings(stage, terminal)
    await _crash(terminal)


async def _wrong_keys(stage: Stage, terminal: Terminal) -> None:
    other = KeyRing.new_key()
    for what, keys in {"another key": other, "half a key": stage.house.key[:40], "no key": ""}.items():
        stage.ledger.note(ENCRYPTION_KEY, keys)
        for command in _NEED_KEYS if what == "another key" else ("serve", "doctor"):
            await terminal.run(command, name=f"({what})", AUXCORD_ENCRYPTION_KEYS=keys)
    inside = stage.house.database.parent / "keys"
    inside.write_text(stage.house.key)
    inside.chmod(0o644)
    beside = {"AUXCORD_ENCRYPTION_KEYS": "", "AUXCORD_ENCRYPTION_KEYS_FILE": str(inside)}
    await terminal.run("serve", name="(keys beside the data, for everybody to read)", **beside)
    await terminal.run("doctor", name="(keys beside the data)", **beside)
    inside.unlink()


async def _wrong_settings(stage: Stage, terminal: Terminal) -> None:
    passwords = [f"not-a-secret-{secrets.token_hex(8)}" for _ in range(4)]
    for password in passwords:
        stage.ledger.note(PASSWORD, password)
    addresses = {
        "AUXCORD_DATABASE_URL": f"postgresql+asyncpg://auxcord:{passwords[0]}@db.example/auxcord",
        "AUXCORD_REDIS_URL": f"redis://:{passwords[1]}@cache.example/0",
        "AUXCORD_PUBLIC_URL": f"https://me:{passwords[2]}@auxcord.example",
        "AUXCORD_SPOTIFY_API_URL": f"https://me:{passwords[3]}@spotify.example/v1",
    }
    for command in ("serve", "doctor", "doctor --settings", "doctor --settings --json", "keys list", "login"):
        await terminal.run(command, name="(addresses with passwords)", **addresses)
    known = {name: stage.house.environment.get(name, "") for name in loading.names(Settings)}
    for secret in _misplaced(stage):
        everywhere = dict.fromkeys(known.keys() - SECRETS, secret)
        for command in ("serve", "doctor", "doctor --settings"):
            await terminal.run(command, name="(a secret in every other setting)", **everywhere)
            place = stage.house.folder / "file"
            place.write_text(secret)
            files = dict.fromkeys(everywhere, "") | {f"{name}_FILE": str(place) for name in everywhere}
            await terminal.run(command, name="(a secret in every other file)", **files)
    mistaken = secrets.token_hex(16)
    stage.ledger.note(MISPLACED, mistaken)
    for names in (known.keys() - {"AUXCORD_LOG_LEVEL"}, ["AUXCORD_ENCRYPTION_KEYS", "AUXCORD_SPOTIFY_APPS"]):
        wrong = dict.fromkeys(names, mistaken)
        await terminal.run("serve", name=f"(nonsense in {len(names)} settings)", **wrong)
        await terminal.run("", name=f"(nonsense in {len(names)} settings)", **wrong)
    table = stage.house.folder / "settings.toml"
    table.write_text(f'SPOTIFY_CLIENT_SECRET = "{mistaken}"\nAUXCORD_ENCRYPTION_KEYS = ["{mistaken}"\n')
    await terminal.run("serve", name="(a broken file)", AUXCORD_CONFIG=str(table))
    table.write_text(f'AUXCORD_ENCRYPTION_KEY = "{mistaken}"\nAUXCORD_PORT = "{mistaken}"\n')
    table.chmod(0o600)
    for command in ("serve", "doctor --settings"):
        await terminal.run(command, name="(a misspelt name in a file)", AUXCORD_CONFIG=str(table))


def _misplaced(stage: Stage) -> list[str]:
    """The secrets of the environment, which somebody might put where another value belongs."""
    return [stage.house.key, stage.house.environment["SPOTIFY_CLIENT_SECRET"]]


async def _crash(terminal: Terminal) -> None:
    """Let a command fail as nobody foresaw, with keys in the words of the error and in every frame."""
    for command in ("keys list", "serve"):
        told = await terminal.run(command, name="(a crash)", fresh=True, **fumbling("starting"))
        assert "RuntimeError: cannot go on with" in told


async def take_over(stage: Stage, terminal: Terminal) -> None:
    """Take over another program's tokens, from files that are of use and from such as are not."""
    given = await stage.house.simulator.control("POST", "/tokens", json={"user": stage.handle})
    unknown = f"AQ{secrets.token_urlsafe(96)}"
    stage.ledger.note(SPOTIFY_REFRESH, unknown)
    for what, content in {
        "(nothing of use)": json.dumps({"access": unknown}),
        "(a token that is unknown)": json.dumps({"refresh_token": unknown}),
        "(a sealed one without its key)": json.dumps(
            {"refresh_token": f"gAAAAAB{secrets.token_urlsafe(60)}"}
        ),
        "(a good one)": json.dumps({"refresh_token": given["refresh_token"]}),
    }.items():
        file = stage.house.folder / "cache"
        file.write_text(content)
        await terminal.run(f"import {file}", name=what)
