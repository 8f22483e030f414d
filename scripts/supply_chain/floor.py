"""The floor: versions nobody may go below, and packages nobody may bring in. See requirements/floor.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version
from scripts.supply_chain.locks import NAMES, asked, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packaging.requirements import Requirement


def complaints(root: Path) -> Iterator[str]:
    """Yield what is locked, or may be installed without the locks, though the floor forbids it."""
    floor = tomllib.loads((root / "requirements" / "floor.toml").read_text(encoding="utf-8"))
    lowest: dict[str, dict[str, str]] = floor["lowest"]
    never: dict[str, str] = floor["never"]
    for name, reason in ({name: entry["because"] for name, entry in lowest.items()} | never).items():
        if name != canonicalize_name(name) or not reason.strip():
            yield f"requirements/floor.toml: {name} is not a normalized name with a reason"
    yield from _locked(root, lowest, never)
    yield from _allowed(root, lowest, never)


def _locked(root: Path, lowest: dict[str, dict[str, str]], never: dict[str, str]) -> Iterator[str]:
    for lock in (read(root, name) for name in NAMES):
        for entry in lock.entries:
            if entry.name in never:
                yield f"{lock.file}: {entry.name} is never allowed: {never[entry.name]}"
            bar = lowest.get(entry.name)
            if bar and entry.version < Version(bar["version"]):
                yield f"{lock.file}: {entry.name} {entry.version} is below {bar['version']}: {bar['because']}"


def _allowed(root: Path, lowest: dict[str, dict[str, str]], never: dict[str, str]) -> Iterator[str]:
    for asker, requirements in asked(root)[0].items():
        for requirement in requirements:
            name = canonicalize_name(requirement.name)
            if name in never:
                yield f"{asker}: {name} is never allowed: {never[name]}"
            bar = lowest.get(name)
            if bar and not _stays_above(requirement, Version(bar["version"])):
                yield f"{asker}: {requirement} allows versions below {bar['version']}: {bar['because']}"


def _stays_above(requirement: Requirement, lowest: Version) -> bool:
    bounds = [
        Version(part.version.removesuffix(".*"))
        for part in requirement.specifier
        if part.operator in {">=", ">", "==", "===", "~="}
    ]
    return any(bound >= lowest for bound in bounds)
