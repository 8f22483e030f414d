"""Secrets in the history: every commit of every branch is searched, also for what later commits took away."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from scripts.supply_chain.commands import answer, gitleaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ".gitleaks.toml"
_FOUND = 9
_REASON = 20
_EXCEPTION = frozenset({"description", "targetRules", "regexes", "regexTarget"})


def complaints(root: Path) -> Iterator[str]:
    """Yield every secret in a commit or its message, by rule and place only; and unfair exceptions."""
    yield from _exceptions(root)
    # The scanner is pointed at git's own folder: in the checkout it would read a .gitleaksignore.
    about = answer(["git", "-C", root, "rev-parse", "--absolute-git-dir", "--is-shallow-repository"])
    if about.returncode:
        yield f"there is no history to scan: {about.stderr.strip()}"
        return
    folder, shallow = about.stdout.split("\n")[:2]
    if shallow == "true":
        print("NOT CHECKED: this clone is shallow, the older commits are not here")
    yield from _scan(root, ["git", folder], None)
    messages = answer(["git", "-C", root, "log", "--all", "--format=%H%n%B"])
    messages.check_returncode()
    yield from _scan(root, ["stdin"], messages.stdout)


def _scan(root: Path, what: list[str], text: str | None) -> Iterator[str]:
    done = answer(
        # Neither comments in the code nor a file of fingerprints excuse anything: exceptions stand in RULES.
        [
            gitleaks(),
            *what,
            "--config",
            root / RULES,
            "--ignore-gitleaks-allow",
            "--gitleaks-ignore-path",
            "/dev/null",
            "--redact",
            "--no-banner",
            "--exit-code",
            str(_FOUND),
            "--report-format",
            "json",
            "--report-path",
            "-",
        ],
        folder=root,
        text=text,
    )
    if done.returncode not in {0, _FOUND} or "ERR" in done.stderr or "FTL" in done.stderr:
        yield f"the scan for secrets did not end well: {done.stderr.strip()[-400:]}"
        return
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    for leak in found:
        place = (
            f"commit {leak['Commit'][:12]}, {leak['File']}:{leak['StartLine']}"
            if leak["Commit"]
            else "a message"
        )
        yield f"{place}: a secret ({leak['RuleID']}): make it worthless, then take it out of the history"


def _exceptions(root: Path) -> Iterator[str]:
    rules = tomllib.loads((root / RULES).read_text(encoding="utf-8"))
    extend: dict[str, Any] = rules.get("extend", {})
    if extend != {"useDefault": True}:
        yield f"{RULES}: the scanner's own rules are to be extended, all of them"
    if "allowlist" in rules or any(
        "allowlist" in rule or "allowlists" in rule for rule in rules.get("rules", [])
    ):
        yield f"{RULES}: exceptions stand under [[allowlists]], with their reason"
    for entry in rules.get("allowlists", []):
        if set(entry) - _EXCEPTION or not entry.get("regexes") or not entry.get("targetRules"):
            yield f"{RULES}: an exception names rules and the exact text, never paths: {sorted(entry)}"
        if len(entry.get("description", "")) < _REASON:
            yield f"{RULES}: an exception has no reason: {entry.get('regexes')}"
    if (root / ".gitleaksignore").exists():
        yield f".gitleaksignore: exceptions stand in {RULES}, with their reason"
