"""Reading an answer's tables back: a line that names the columns, and the rows below it.

A name can never look like a table, because what comes from Spotify holds no separator; see `views.clean`.
"""

from __future__ import annotations

import re
from typing import Final

from auxcord.views import SEPARATOR

_HEAD: Final = re.compile(r"(?:(?P<of>\w+)(?P<about>[^:|]*): )?(?P<columns>[^|]+(?:\|[^|]+)+)")
_FEWEST: Final = 2


class Columns:
    """The columns of the table that was begun last, while an answer is read line by line.

    Attributes:
        names: What the columns are called.
        of: What the rows are: tracks, albums; may be empty.
        about: What else the line above them says: which of how many.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.of = self.about = ""

    def cells(self, line: str) -> dict[str, str] | None:
        """Read a row of the table; None if this line is none."""
        cells = line.split(SEPARATOR)
        if len(cells) != len(self.names) or cells[-1] == self.names[-1]:
            return None  # a URI is never called "uri": that line names the columns of another table
        return dict(zip(self.names, cells, strict=True))

    def begin(self, line: str) -> bool:
        """Begin another table if this line names its columns."""
        head = _HEAD.fullmatch(line) if line.count(SEPARATOR) >= _FEWEST else None
        if head is None:
            return False
        self.names = head["columns"].split(SEPARATOR)
        self.of, self.about = head["of"] or "", (head["about"] or "").strip(" ,")
        return True
