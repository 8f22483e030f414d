"""What CI itself is made of: workflows held against zizmor's rules, shell programs against shellcheck's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scripts.supply_chain.commands import answer, program, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Offline: what would have to be asked for is not; comments excuse nothing.
_ZIZMOR = (
    *("--offline", "--strict-collection", "--persona", "pedantic", "--no-ignores"),
    *("--no-exit-codes", "--no-progress", "--quiet", "--format", "json-v1"),
)
_SHELLS = ("#!/usr/bin/env bash", "#!/bin/bash", "#!/bin/sh", "#!/usr/bin/env sh")


def complaints(root: Path) -> Iterator[str]:
    """Yield what is unsafe in a workflow, and what is wrong in a shell program."""
    if not (root / ".github" / "workflows").is_dir():
        yield ".github/workflows is not there: nothing was checked"
        return
    zizmor = [program("zizmor"), *_ZIZMOR, root / ".github"]
    done = answer(zizmor, folder=root)
    if done.returncode:
        yield f".github: zizmor cannot read it: {done.stderr.strip()[-400:]}"
    for finding in json.loads(done.stdout or "[]"):
        place = next(part for part in finding["locations"] if part["symbolic"]["kind"] == "Primary")
        file = place["symbolic"]["key"]["Local"]["verbatim_path"].removeprefix(f"{root}/")
        line = place["concrete"]["location"]["start_point"]["row"] + 1
        yield f"{file}:{line}: {finding['ident']}: {finding['desc']}"
    shells = [name for name in tracked(root) if _first_line(root / name).startswith(_SHELLS)]
    checked = answer([program("shellcheck"), "--norc", "--format", "gcc", *shells], folder=root)
    yield from checked.stdout.splitlines()
    if checked.returncode and not checked.stdout:
        yield f"shellcheck: {checked.stderr.strip()}"


def _first_line(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.readline(80).decode("utf-8", "replace")
