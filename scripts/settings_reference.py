"""Write docs/settings.md from the settings themselves; `--check` fails when the page differs."""

from __future__ import annotations

import sys
from pathlib import Path

from auxcord.server.settings import Settings
from kept_page import kept

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """\
# Settings

<!-- Written by `make docs` from src/auxcord/server/variables.py; edit that. -->

Values come from the environment first, then from the TOML file that `AUXCORD_CONFIG` names (keys spelled as
below), then from the defaults. Instead of `NAME` you may set `NAME_FILE` to the path of a file that holds the
value. An unknown `AUXCORD_…` name is refused, with the nearest known one suggested. All problems are told at
once, and the exit status is 2. What works but is unwise is told as a warning when a server starts, and by
`auxcord doctor`; `auxcord doctor --settings` lists every value in force with where it comes from, and of a
secret only the shape.

| setting | meaning | example |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    for field in Settings.model_fields.values():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        where = f" Get it: {extra['where']}." if extra.get("where") else ""
        default = f" Default: `{field.default}`." if isinstance(field.default, (str, int)) else ""
        required = " **Required.**" if field.is_required() else ""
        example = (field.examples or [""])[0]
        shown = example if str(example).startswith("(") else f"`{example}`"
        rows.append(
            f"| `{field.validation_alias}` | {field.description}{default}{required}{where} | {shown} |"
        )
    return HEAD + "\n".join(rows) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    return kept(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
