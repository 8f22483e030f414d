"""Install Node, the MCP programs of others that the external checks drive, and a tokenizer into `.node/`.

    python scripts/node.py        # prints the folder the programs are in

It does nothing while tests/clients/package.json has not changed. Any npm will do: Node itself comes from
npm's `node` package, in the version the programs ask for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WANTED = ROOT / "tests" / "clients" / "package.json"
FOLDER = ROOT / ".node"
BIN = FOLDER / "node_modules" / ".bin"
INSTALL_SECONDS = 600


class NodeMissingError(Exception):
    """There is no npm, or npm could not install what is wanted."""


def installed() -> bool:
    """Whether `.node/` holds what package.json asks for; the copy is written last, after npm is done."""
    copy = FOLDER / "package.json.done"
    return copy.exists() and copy.read_bytes() == WANTED.read_bytes() and (BIN / "node").exists()


def install() -> Path:
    """Make `.node/` hold what tests/clients/package.json asks for. Returns the folder of its programs.

    Raises:
        NodeMissingError: npm is not there, or it failed; the sentence says what to do.
    """
    if installed():
        return BIN
    npm = shutil.which("npm")
    if npm is None:
        raise NodeMissingError("npm is not installed: install any Node with npm, or skip the external checks")
    FOLDER.mkdir(exist_ok=True)
    shutil.copyfile(WANTED, FOLDER / "package.json")
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NodeMissingError(f"npm install took longer than {INSTALL_SECONDS} s; try again") from None
    if done.returncode:
        raise NodeMissingError(f"npm install failed; its last words:\n{done.stderr[-2000:]}")
    if not (BIN / "node").exists():
        raise NodeMissingError("npm ran no install scripts, so Node is not there; allow them for .node/")
    shutil.copyfile(WANTED, FOLDER / "package.json.done")
    return BIN


def main() -> int:
    """Install and print the folder of programs."""
    try:
        print(install())
    except NodeMissingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
