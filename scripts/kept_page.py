"""Writing a generated page, or telling that the one in the repository is out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def kept(page: Path, text: str, arguments: Sequence[str]) -> int:
    """Write the page; with `--check` among the arguments compare it instead. Returns the exit status."""
    if "--check" not in arguments:
        page.write_text(text, encoding="utf-8")
        return 0
    if page.exists() and page.read_text(encoding="utf-8") == text:
        return 0
    print(f"docs/{page.name} is out of date; run `make docs`")
    return 1
