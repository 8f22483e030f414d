"""The hashed requirement files: what they lock, and whether it is what was asked for, pinned and hashed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = "auxcord (pyproject.toml)"
RUNTIME = "runtime"
# The environment these are installed into is one, so they agree; .audit is another.
TOGETHER = (RUNTIME, "build", "dev")
NAMES = (*TOGETHER, "audit")

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;*]+)(?: ; (?P<marker>.+?))?(?: \\)?$"
)
_HASH = re.compile(r"^    --hash=sha256:(?P<digest>[0-9a-f]{64})(?: \\)?$")
_ASKER = re.compile(r"^    #(?: via|  )(?: +(?P<asker>\S.*))?$")
_ADDRESS = re.compile(r"://|^\s*(?:-i\b|-f\b|--(?:extra-)?index-url|--find-links|--trusted-host)| @ ")


@dataclass(slots=True)
class Locked:
    """One requirement of a lock: a version, the hashes of its files, and who asked for it."""

    name: str
    version: Version
    marker: str
    hashes: list[str] = field(default_factory=list)
    askers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lock:
    """A hashed requirement file, and what is wrong with its lines."""

    file: str
    entries: list[Locked]
    complaints: list[str]

    def versions(self) -> dict[str, set[Version]]:
        """Every version of every package; markers may call for several."""
        found: dict[str, set[Version]] = {}
        for entry in self.entries:
            found.setdefault(entry.name, set()).add(entry.version)
        return found


def read(root: Path, name: str) -> Lock:
    """Read one lock; whatever is not a pin, a hash or a comment of the compiler is complained about."""
    file = f"requirements/{name}.txt"
    lock = Lock(file, [], [])
    for number, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), start=1):
        place = f"{file}:{number}"
        if pin := _PIN.match(line):
            version = Version(pin["version"])
            lock.entries.append(Locked(canonicalize_name(pin["name"]), version, pin["marker"] or ""))
        elif (found := _HASH.match(line)) and lock.entries:
            lock.entries[-1].hashes.append(found["digest"])
        elif (found := _ASKER.match(line)) and lock.entries:
            lock.entries[-1].askers.extend([found["asker"]] if found["asker"] else [])
        elif _ADDRESS.search(line):
            lock.complaints.append(f"{place}: names an address to install from")
        elif line.strip() and not line.startswith("#"):
            lock.complaints.append(f"{place}: is no pinned requirement (==) and no SHA-256: {line.strip()}")
    lock.complaints.extend(
        f"{file}: {entry.name} {entry.version} has no hash" for entry in lock.entries if not entry.hashes
    )
    return lock


def asked(root: Path) -> tuple[dict[str, list[Requirement]], list[str]]:
    """Return what the project and the *.in files ask for, by who asks, and what is wrong with that."""
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    lines = {PROJECT: project["project"]["dependencies"], "build-system": project["build-system"]["requires"]}
    for extra, wanted in project["project"].get("optional-dependencies", {}).items():
        lines[f"extra {extra}"] = wanted
    for file in sorted((root / "requirements").glob("*.in")):
        text = file.read_text(encoding="utf-8").splitlines()
        lines[f"-r requirements/{file.name}"] = [line for raw in text if (line := raw.split("#")[0].strip())]
    found: dict[str, list[Requirement]] = {}
    complaints = [
        f"pyproject.toml: tool.uv.{key} says where to install from"
        for key in ("index", "sources", "index-url", "extra-index-url", "find-links")
        if key in project.get("tool", {}).get("uv", {})
    ]
    for asker, wanted in lines.items():
        found[asker] = []
        for line in wanted:
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                complaints.append(f"{asker}: is no requirement: {line}")
                continue
            if requirement.url:
                complaints.append(f"{asker}: {requirement.name} names an address to install from")
            found[asker].append(requirement)
    return found, complaints


def complaints(root: Path) -> Iterator[str]:
    """Yield what is wrong with the locks: unpinned, unhashed, from an address, or not what is asked for."""
    wanted, wrong = asked(root)
    yield from wrong
    known = {f"{name}.txt" for name in NAMES}
    for file in sorted((root / "requirements").glob("*.txt")):
        if file.name not in known:
            yield f"requirements/{file.name}: nobody looks after this lock (scripts/supply_chain/locks.py)"
    locks = {name: read(root, name) for name in NAMES}
    for name, lock in locks.items():
        yield from lock.complaints
        asker = PROJECT if name == RUNTIME else f"-r requirements/{name}.in"
        yield from _unmet(lock, asker, wanted[asker])
        yield from _unasked(lock, locks, wanted)
    yield from _unmet(locks["build"], "", wanted["build-system"])
    for name in TOGETHER[1:]:
        for package, versions in locks[name].versions().items():
            ours = locks[RUNTIME].versions().get(package, versions)
            if ours != versions:
                yield f"{locks[name].file}: {package} is not the version of requirements/runtime.txt"


def _unmet(lock: Lock, asker: str, wanted: list[Requirement]) -> Iterator[str]:
    for requirement in wanted:
        entries = [entry for entry in lock.entries if entry.name == canonicalize_name(requirement.name)]
        if not entries or (asker and not any(asker in entry.askers for entry in entries)):
            yield f"{lock.file}: is stale, lacks {requirement} (run `make lock`)"
        for entry in entries:
            if not requirement.specifier.contains(entry.version, prereleases=True):
                has = f"{entry.name} {entry.version}"
                yield f"{lock.file}: is stale, {has} is not {requirement} (run `make lock`)"


def _unasked(lock: Lock, locks: dict[str, Lock], wanted: dict[str, list[Requirement]]) -> Iterator[str]:
    names = lock.versions()
    for entry in lock.entries:
        reasons = [asker for asker in entry.askers if not asker.startswith("-c ")]
        if not reasons:
            yield f"{lock.file}: nobody asks for {entry.name}"
        for asker in reasons:
            if asker not in wanted:
                if canonicalize_name(asker) not in names:
                    yield f"{lock.file}: {entry.name} is asked for by {asker}, which is not locked"
            elif entry.name not in {canonicalize_name(requirement.name) for requirement in wanted[asker]}:
                yield f"{lock.file}: is stale, {asker} no longer asks for {entry.name} (run `make lock`)"
        for asker in entry.askers:
            if asker == "-c requirements/runtime.txt" and entry.version not in locks[RUNTIME].versions().get(
                entry.name, set()
            ):
                yield f"{lock.file}: is stale, requirements/runtime.txt has another {entry.name}"
