"""The way back to Spotify: whoever shows its content to a person links each thing to where it is from."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from auxcord.errors import InputError
from auxcord.spotify.uris import parse
from auxcord.tools.rows import Columns
from auxcord.views import SEPARATOR, row

_COLUMN: Final = "uri"
_NAMED: Final = re.compile(r"\((spotify:[a-z]+:[0-9A-Za-z]{22})\)")
"""How a sentence names one thing; see `views.title`."""


def attributed(text: str) -> str:
    """Add the address at open.spotify.com to every thing an answer names.

    Tables get one more column, `link`, which is empty where Spotify has no page, as for somebody's own files.
    In sentences the address follows the URI that stands behind a name; bare URIs name nothing that is shown.
    """
    columns = Columns()
    return "\n".join(_line(line, columns) for line in text.splitlines())


def _line(line: str, columns: Columns) -> str:
    cells = columns.cells(line)
    if cells is not None:
        return row(line, _link(cells[_COLUMN])) if _COLUMN in cells else line
    if columns.begin(line):
        return row(line, "link") if _COLUMN in columns.names else line
    return line if SEPARATOR in line else _NAMED.sub(lambda found: f"({found[1]} {_link(found[1])})", line)


def _link(uri: str) -> str:
    with suppress(InputError):
        return parse(uri).link
    return ""
