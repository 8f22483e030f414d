"""How a program is started whose inner parts fail and quote what they were given; see `clumsy/`."""

from __future__ import annotations

import os
from pathlib import Path


def fumbling(where: str) -> dict[str, str]:
    """The settings that make a program fail: `starting`, `serving`, and `telling` if it is to log it all."""
    folder = Path(__file__).parent / "clumsy"
    before = os.environ.get("PYTHONPATH")  # a copy of the source, when protections are taken away
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([before] if before else [])]), "CLUMSY": where}
