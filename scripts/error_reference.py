"""Write docs/errors.md from the errors themselves; `--check` fails when the page differs."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from auxcord import errors
from auxcord.errors import AuxcordError
from kept_page import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
HEAD = """\
# Errors

<!-- Written by `make docs` from src/auxcord/errors.py; edit that. -->

A tool that cannot do what was asked answers with an error result: what is wrong, what to do next, when to
come back if that is known, and a code in brackets, which stays the same from version to version:

> This cursor has expired or belongs to another list. Call again without cursor, and with the other arguments
> unchanged while paging. [invalid_input]

No answer ever holds a stack trace, a raw body of Spotify's, a token, or an e-mail address. What only a
developer can mend is `internal_error` with a reference; the operator finds it in the log.

| code | what it means | what to do, unless the answer says better | again? |
|---|---|---|---|
"""


def catalogue() -> list[type[AuxcordError]]:
    """Return every error with a code of its own, in the order of the module."""
    found = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, AuxcordError)]
    ordered = sorted(found, key=lambda cls: inspect.getsourcelines(cls)[1])
    return [cls for cls in ordered if "code" in vars(cls) and cls is not AuxcordError]


def page() -> str:
    """Return the whole page."""
    return HEAD + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    for cls in catalogue():
        meaning = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
        again = "yes" if cls.retryable else ""
        yield f"| `{cls.code}` | {meaning} | {cls.default_advice} | {again} |"
    yield "| `internal_error` | Something went wrong inside Auxcord. | Tell the operator the reference. | |"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    return kept(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
