"""A repository to plant things in: what the checks read, copied from this one, with a history of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INPUTS = (".ci", ".github", ".gitleaks.toml", "LICENSE", "README.md", "pyproject.toml", "requirements", "src")
NOBODY = {
    "GIT_AUTHOR_NAME": "Nobody",
    "GIT_AUTHOR_EMAIL": "nobody@example.invalid",
    "GIT_COMMITTER_NAME": "Nobody",
    "GIT_COMMITTER_EMAIL": "nobody@example.invalid",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Repository:
    """A copy of ours, and the very command that `make supply-chain` runs, pointed at it."""

    root: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", self.root, *arguments],
            env={**os.environ, **NOBODY},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    def commit(self, message: str = "A change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer has {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, file: str, text: str) -> None:
        with (self.root / file).open("a", encoding="utf-8") as opened:
            opened.write(text)

    def check(self, *names: str) -> tuple[int, str]:
        """Run the checks of these names, or all; return the exit status and what was said."""
        only = [word for name in names for word in ("--only", name)]
        done = subprocess.run(
            [sys.executable, "-m", "scripts.supply_chain", "--root", self.root, *only],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout
