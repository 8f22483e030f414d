"""The wheel is the same, byte for byte, whoever builds it: nobody can slip something in unseen."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.supply_chain.commands import answer, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator

# Two builders as unlike as one machine allows: place, order of files, permissions, time zone, hash seed.
_BUILDERS = (
    {"folder": "one", "reverse": False, "umask": 0o022, "TZ": "UTC", "PYTHONHASHSEED": "1"},
    {
        "folder": "a/place/far/away",
        "reverse": True,
        "umask": 0o077,
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "2",
    },
)


def complaints(root: Path) -> Iterator[str]:
    """Build the wheel twice, and yield what differs."""
    with tempfile.TemporaryDirectory() as directory:
        wheels: list[Path] = []
        for builder in _BUILDERS:
            built = _build(root, Path(directory) / str(builder["folder"]), builder)
            if isinstance(built, str):
                yield f"the wheel does not build: {built}"
                return
            wheels.append(built)
        digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
        if len(digests) > 1 or len({wheel.name for wheel in wheels}) > 1:
            different = ", ".join(_differences(*wheels)) or "only how it is packed"
            yield f"the wheel is not reproducible: two builds of the same source differ in {different}"
        else:
            print(f"{wheels[0].name}: SHA-256 {digests.pop()}, twice")


def _build(root: Path, place: Path, builder: dict[str, str | int | bool]) -> Path | str:
    source = place / "source"
    previous = os.umask(int(builder["umask"]))
    try:
        for name in sorted(tracked(root), reverse=bool(builder["reverse"])):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, source / name)
    finally:
        os.umask(previous)
    born = answer(["git", "-C", root, "log", "-1", "--format=%ct"])
    born.check_returncode()
    done = answer(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place / "dist", source],
        environment={
            **os.environ,
            "SOURCE_DATE_EPOCH": born.stdout.strip(),
            "TZ": str(builder["TZ"]),
            "PYTHONHASHSEED": str(builder["PYTHONHASHSEED"]),
        },
        umask=int(builder["umask"]),
    )
    return next((place / "dist").glob("*.whl")) if done.returncode == 0 else done.stderr.strip()[-400:]


def _differences(one: Path, other: Path) -> Iterator[str]:
    with zipfile.ZipFile(one) as left, zipfile.ZipFile(other) as right:
        names = sorted({*left.namelist(), *right.namelist()})
        for name in names:
            both = name in left.namelist() and name in right.namelist()
            if not both or left.read(name) != right.read(name):
                yield name
