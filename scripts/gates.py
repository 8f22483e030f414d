"""Gates that no linter has: sizes of modules and functions, unfinished work, and words that must not be here.

Run it with `make gates`. It prints what is over and exits 1, or one line and exits 0.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES = 350
FUNCTION_LINES = 60
# One letter of each word stands in brackets, so that this file does not find itself.
UNFINISHED = re.compile(
    r"NotImplemente[d]Error|TOD[O]|FIXM[E]|XX[X]|mark[.]ski[p]|xfai[l]|pragma: no cove[r]"
)
REGISTRIES = re.compile(
    r"py[p]i[.]org|python[h]osted|np[m]js[.]|deb[.]debia[n]|\"resolve[d]\": *\"http", re.IGNORECASE
)
FORBIDDEN_FILES = frozenset({"uv.lock", "package-lock.json", "poetry.lock", "pdm.lock"})
FORBIDDEN_NAMES = re.compile(
    r"(^|_)(utils?|helpers?|common|core|base|misc|manager|service|handler|processor)(_|$)"
)


def tracked() -> list[Path]:
    """Every file git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is wherever it is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def _sizes(file: Path, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > MODULE_LINES:
        yield f"{file}: {lines} lines, more than {MODULE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{file}:{node.lineno}: {node.name} has {length} lines, more than {FUNCTION_LINES}"


def _words(file: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if file.suffix == ".py" and (found := UNFINISHED.search(line)):
            yield f"{file}:{number}: unfinished or switched off: {found.group()}"
        if found := REGISTRIES.search(line):
            yield f"{file}:{number}: names a package registry: {found.group()}"


def complaints(files: list[Path]) -> Iterator[str]:
    """Yield one line for everything that is over a limit or must not be here."""
    for path in files:
        file = path.relative_to(ROOT)
        if path.name in FORBIDDEN_FILES:
            yield f"{file}: lock files of this kind name a registry; use the hashed requirement files"
        if file.parts[0] == "src" and FORBIDDEN_NAMES.search(path.stem):
            yield f"{file}: a module is named by the noun a newcomer would look for"
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from _words(file, text)
        if path.suffix == ".py":
            yield from _sizes(file, text)


def main() -> int:
    """Print every complaint; 1 if there is any."""
    files = tracked()
    found = list(complaints(files))
    for line in found:
        print(line)
    if not found:
        print(f"gates: {len(files)} files, nothing over a limit")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
