"""Take one protection away at a time, in a copy of the source, and see the named tests fail; all have to.

python -m scripts.sabotages                      # every sabotage; exits 1 if one survives
python -m scripts.sabotages --only 'no PKCE'     # those whose name holds these words
python -m scripts.sabotages --passed             # the named tests have just passed, as in CI

Only a failed test counts. A copy that cannot be imported, or where no test was found, proves nothing and is
an error; so is a named test that fails without any sabotage.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIST = Path(__file__).with_name("list.toml")
COPIED = (
    "bench",
    "docs",
    "pyproject.toml",
    "scripts",
    "server.py",
    "fastmcp.json",
    "src",
    "tests",
    "requirements",
)
SECONDS = 300
_FAILED = 1
_PASSED = 0


class SabotageError(Exception):
    """A sabotage that does not fit the source any more: it would prove nothing."""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What is taken away, by which edits of which file, and which tests notice."""

    what: str
    file: str
    edits: list[list[str]]
    tests: list[str]

    def commit(self, tree: Path) -> None:
        """Edit the copy.

        Raises:
            SabotageError: What should be replaced is not there exactly once.
        """
        path = tree / "src" / "auxcord" / self.file
        text = path.read_text(encoding="utf-8")
        for old, new in self.edits:
            if text.count(old) != 1:
                raise SabotageError(f"{self.file} holds {text.count(old)} times: {old}")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def copied(place: Path) -> Path:
    """Copy what tests need into a directory of its own; the working tree is never edited."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, place / name)
    return place


def run(tree: Path, tests: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run tests against the source of a copy."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *tests],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def trial(sabotage: Sabotage) -> str | None:
    """Commit one sabotage; returns why it counts as survived, or None if it was killed."""
    with tempfile.TemporaryDirectory() as directory:
        tree = copied(Path(directory))
        try:
            sabotage.commit(tree)
            done = run(tree, sabotage.tests, "-x")
        except SabotageError as error:
            return str(error)
        except subprocess.TimeoutExpired:
            return f"its tests did not end within {SECONDS} s"
    if done.returncode == _FAILED and "\nFAILED " in done.stdout:
        return None
    said = "\n".join(done.stdout.splitlines()[-15:])
    return "SURVIVED" if done.returncode == _PASSED else f"proves nothing (pytest {done.returncode}): {said}"


def intact(sabotages: list[Sabotage]) -> str | None:
    """See that every named test passes without any sabotage; returns what was said if not."""
    tests = sorted({test for sabotage in sabotages for test in sabotage.tests})
    with tempfile.TemporaryDirectory() as directory:
        tree = copied(Path(directory))
        done = run(tree, tests, "--numprocesses", "2", "--dist", "worksteal")
    return None if done.returncode == _PASSED else done.stdout[-3000:]


def main(arguments: list[str]) -> int:
    """Try every sabotage, two at a time; 0 if the tests kill all."""
    parser = argparse.ArgumentParser(description="See that tests notice when a protection is taken away.")
    parser.add_argument("--only", default="", help="those whose name holds these words")
    parser.add_argument("--passed", action="store_true", help="do not see the named tests pass first")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["sabotage"]
    sabotages = [sabotage for entry in listed if chosen.only in (sabotage := Sabotage(**entry)).what]
    failures = 0
    if not chosen.passed and (said := intact(sabotages)) is not None:
        failures = 1
        print(f"without any sabotage:\n{said}")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for sabotage, outcome in zip(sabotages, pool.map(trial, sabotages), strict=True):
            print(f"{'killed' if outcome is None else 'ALIVE '}  {sabotage.what}", flush=True)
            if outcome is not None:
                failures += 1
                print(f"        {sabotage.file}: {outcome}")
    seconds = time.monotonic() - began
    print(f"sabotages: {len(sabotages)}, not killed: {failures}; {seconds:.0f} s")
    return 1 if failures or not sabotages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
