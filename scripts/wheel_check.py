"""Install the built wheel into an empty virtual environment with plain pip, and see that it runs there."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

MINIMUM_FASTMCP = (4, 2, 1)
PROBE = "import fastmcp, auxcord; print(fastmcp.__version__, auxcord.__version__)"


def main(arguments: list[str]) -> int:
    """Check the newest wheel of a directory; 0 if it installs, is consistent, and answers."""
    wheel = max(Path(arguments[0]).glob("auxcord-*.whl"), key=lambda path: path.stat().st_mtime)
    with tempfile.TemporaryDirectory() as directory:
        venv.create(directory, with_pip=True)
        python = Path(directory) / "bin" / "python"

        def run(*command: str) -> str:
            done = subprocess.run([python, *command], check=True, capture_output=True, text=True, timeout=600)
            return done.stdout.strip()

        run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
        run("-m", "pip", "check", "--disable-pip-version-check")
        fastmcp, auxcord = run("-c", PROBE).split()
        answer = run("-m", "auxcord", "--version")
    if tuple(map(int, fastmcp.split("."))) < MINIMUM_FASTMCP:
        print(f"plain pip chose FastMCP {fastmcp}, which is too old")
        return 1
    print(f"{wheel.name}: installs with plain pip, FastMCP {fastmcp}, `auxcord --version` says {answer}")
    return 0 if answer == auxcord else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
