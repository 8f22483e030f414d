"""The conformance suite as a program: run it, read what it wrote down, compare with what we expect."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
NODE_BIN = HERE.parents[1] / ".node" / "node_modules" / ".bin"
EXPECTED = HERE / "expected.yml"
SUITE_SECONDS = 150.0
RESULT_FOLDER = re.compile(r"^(?:server|authorization-server)-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z$")
FAILED = frozenset({"FAILURE", "WARNING"})  # a MUST or a SHOULD that was not met


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the suite looked at."""

    scenario: str
    name: str
    status: str
    message: str

    @property
    def failed(self) -> bool:
        """Whether a MUST or SHOULD of the specification was not met."""
        return self.status in FAILED


@dataclass(slots=True)
class Verdict:
    """What one leg of the suite came to, against the list of what we expect to fail."""

    leg: str
    passed: int = 0
    scenarios: int = 0
    excused: list[Check] = field(default_factory=list)
    unexpected: list[Check] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing failed that is not listed, and everything listed did fail."""
        return bool(self.passed) and not self.unexpected and not self.stale

    def lines(self) -> Iterable[str]:
        """What a reader wants to know."""
        word = "PASS" if self.good else "FAIL"
        yield (
            f"{word}  conformance {self.leg}: {self.passed} checks passed in {self.scenarios} scenarios, "
            f"{len(self.excused)} failed as listed"
        )
        for check in self.unexpected:
            yield f"      not listed: {check.scenario}:{check.name} {check.status} {check.message}"
        for entry in self.stale:
            yield f"      listed, but passes now: {entry}"


def environment() -> dict[str, str]:
    """What the suite's program needs: our pinned Node first."""
    return {"PATH": f"{NODE_BIN}{os.pathsep}/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home())}


def command(mode: str, *options: str) -> list[str]:
    """The suite's command line."""
    return [str(NODE_BIN / "conformance"), mode, *options]


def run_server(url: str, results: Path, *options: str) -> None:
    """Run server scenarios; their results land in `results`, one folder each.

    The suite's own exit status is not asked: it knows nothing of our list.

    Raises:
        subprocess.TimeoutExpired: The suite hung and was ended.
    """
    results.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        command("server", "--url", url, "-o", str(results), *options),
        env=environment(),
        check=False,
        capture_output=True,
        timeout=SUITE_SECONDS,
    )


def read(results: Path) -> list[Check]:
    """Every check the suite wrote down."""
    checks: list[Check] = []
    for folder in sorted(results.iterdir()):
        named = RESULT_FOLDER.match(folder.name)
        if named is None:
            continue
        rows: list[dict[str, Any]] = json.loads((folder / "checks.json").read_text())
        checks += [
            Check(named["scenario"], row["id"], row["status"], row.get("errorMessage") or "") for row in rows
        ]
    return checks


def expected(leg: str) -> dict[str, str]:
    """What we expect to fail in one leg: `scenario:check`, where `*` stands for anything, and why."""
    listed: dict[str, str] = (yaml.safe_load(EXPECTED.read_text()) or {}).get(leg) or {}
    for entry, reason in listed.items():
        if not str(reason).strip():
            raise ValueError(f"{EXPECTED.name}: {leg}: {entry} has no reason")
    return listed


def judge(leg: str, checks: Sequence[Check], listed: Mapping[str, str]) -> Verdict:
    """Compare what happened with what is listed."""
    verdict = Verdict(leg, scenarios=len({check.scenario for check in checks}))
    used: set[str] = set()
    for check in checks:
        entries = {entry for entry in listed if fnmatchcase(f"{check.scenario}:{check.name}", entry)}
        if not check.failed:
            verdict.passed += check.status == "SUCCESS"
        elif entries:
            used |= entries
            verdict.excused.append(check)
        else:
            verdict.unexpected.append(check)
    verdict.stale = sorted(listed.keys() - used)
    return verdict
