"""`auxcord doctor`: what is set, where it comes from, and whether everything a server stands on is well."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import json
import os
import sys
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from auxcord.server.cautions import cautions
from auxcord.server.diagnosis import Diagnosis, command_of
from auxcord.server.inventory import Entry, inventory
from auxcord.server.settings import Command, Settings
from auxcord.telemetry import logs
from auxcord.telemetry.findings import Finding, Level

_MARKS = {
    Level.OK: ("✔", "bold green"),
    Level.WARNING: ("!", "bold yellow"),
    Level.PROBLEM: ("✘", "bold red"),
}
_WORDS = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}


def doctor(
    *,
    command: Annotated[
        Literal["serve", "stdio"] | None,
        Parameter(
            name="--for",
            help="What is run with these settings; `serve` if there are encryption keys or a public address.",
        ),
    ] = None,
    settings: Annotated[
        bool,
        Parameter(
            help="Only list every setting, its value and where it comes from; and what is unwise about them.",
            negative="",
        ),
    ] = False,
    as_json: Annotated[bool, Parameter(name="--json", help="Print JSON, for programs.", negative="")] = False,
) -> None:
    """Look after settings, keys, database, people's data, Spotify, clock and addresses; change nothing.

    Exit status 0: nothing is a problem. Warnings do not count. 1: something is; 2 if `--settings` finds it.
    """
    logs.configure("error")
    command = command or command_of(os.environ)
    if settings:
        _list(inventory(os.environ), as_json=as_json)
        _judge(command)
        return
    report = _JsonReport() if as_json else _Report()
    asyncio.run(_look(report, Diagnosis(os.environ, command)))
    if not report.end():
        sys.exit(1)


async def _look(report: "_Report | _JsonReport", diagnosis: Diagnosis) -> None:
    async for section, finding in diagnosis.run():
        report.tell(section, finding)


class _Report:
    """Prints findings for people: with marks and colours in a terminal, in plain words elsewhere."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        self._section = ""
        self._counts = dict.fromkeys(Level, 0)

    def tell(self, section: str, finding: Finding) -> None:
        """Print a finding, below the name of its section."""
        self._counts[finding.level] += 1
        if not self._console.is_terminal:
            advice = f" {finding.advice}" if finding.advice else ""
            self._console.print(Text(f"{_WORDS[finding.level]:<8}{section}: {finding.sentence}{advice}"))
            return
        if section != self._section:
            self._section = section
            self._console.print(Text(f"\n{section.capitalize()}", style="bold cyan"))
        mark, style = _MARKS[finding.level]
        self._console.print(Padding(Text.assemble((f"{mark} ", style), finding.sentence), (0, 0, 0, 2)))
        if finding.advice:
            self._console.print(Padding(Text(f"→ {finding.advice}", style="dim"), (0, 0, 0, 4)))

    def end(self) -> bool:
        """Say how it went; whether nothing is a problem."""
        problems, warnings = self._counts[Level.PROBLEM], self._counts[Level.WARNING]
        verdict = "Nothing is a problem" if not problems else f"{problems} problem{_s(problems)}"
        self._console.print(
            Text(
                f"\n{verdict}; {warnings} warning{_s(warnings)}." if warnings else f"\n{verdict}.",
                style="bold red" if problems else "bold green",
            )
        )
        return not problems


class _JsonReport:
    """Collects findings and prints them as one JSON object."""

    def __init__(self) -> None:
        self._findings: list[dict[str, str]] = []

    def tell(self, section: str, finding: Finding) -> None:
        """Keep a finding."""
        self._findings.append({"section": section, **finding._asdict()})

    def end(self) -> bool:
        """Print everything; whether nothing is a problem."""
        healthy = all(finding["level"] != Level.PROBLEM for finding in self._findings)
        print(json.dumps({"ok": healthy, "findings": self._findings}, indent=2))
        return healthy


def _list(entries: list[Entry], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([entry._asdict() for entry in entries], indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        value = entry.value or "(not set)"
        given = entry.origin not in {"default", "missing"}
        console.print(
            Text.assemble(
                (f"{entry.name:<{width}}  ", "bold" if given else ""),
                (value, "" if given else "dim"),
                (f"  [{entry.origin}]", "dim cyan"),
            )
        )


def _judge(command: Command) -> None:
    """Tell beside the list, on standard error, what is unwise about the settings.

    Raises:
        SettingsError: Something is wrong with them.
    """
    for caution in cautions(Settings.load(os.environ, command=command), command):
        print(f"warning: {caution.setting}: {caution.sentence} {caution.advice}", file=sys.stderr)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
