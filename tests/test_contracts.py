"""The import contracts hold, and each was seen to fail when broken on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

BREAKS = [
    ("Imports go down only", "vault/envelope.py", "import auxcord.spotify.scopes"),
    ("Imports go down only", "store/engine.py", "import auxcord.accounts"),
    ("Imports go down only", "audit/trail.py", "import auxcord.vault.envelope"),
    ("Imports go down only", "vault/envelope.py", "import auxcord.audit.lines"),
    ("Imports go down only", "stray.py", "import auxcord.errors"),
    ("Tool domains never import each other", "tools/playback.py", "import auxcord.tools.library"),
    ("The simulator shares no code with the rest", "simulator/app.py", "import auxcord.errors"),
    ("Only the command line may start the simulator", "server/http.py", "import auxcord.simulator.app"),
    ("Below the tools nobody knows MCP", "accounts/__init__.py", "import fastmcp"),
    ("Below the tools nobody knows MCP", "audit/events.py", "import mcp.types"),
    ("No cycles between siblings", "vault/envelope.py", "import auxcord.vault.keyring"),
]


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_contracts_hold() -> None:
    done = lint(ROOT / "src")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), BREAKS)
def test_a_broken_contract_is_named(contract: str, module: str, line: str, tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    with (source / "auxcord" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint(source)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
