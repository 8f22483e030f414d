"""The same answer as data: for clients with a user interface, where the operator asks for it.

A tool writes one compact text (`views`): sentences, and tables whose first line names the columns. This reads
that text back. Every thing has its link, as a user interface that shows Spotify's content has to give one.
"""

from __future__ import annotations

from typing import Any, Final

from auxcord.tools.attribution import attributed
from auxcord.tools.rows import Columns

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "said": {"type": "array", "items": {"type": "string"}},
        "lists": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "of": {"type": "string"},
                    "about": {"type": "string"},
                    "rows": {
                        "type": "array",
                        "items": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                },
                "required": ["of", "about", "rows"],
            },
        },
        "cursor": {"type": "string"},
    },
    "required": ["said", "lists"],
}
"""What every structured answer looks like."""

_MORE: Final = "more: cursor="


def structured(text: str) -> dict[str, Any]:
    """Read an answer: sentences as `said`, tables as `lists` of rows by column, and the cursor."""
    said: list[str] = []
    lists: list[dict[str, Any]] = []
    columns = Columns()
    answer: dict[str, Any] = {"said": said, "lists": lists}
    for line in attributed(text).splitlines():
        if line.startswith(_MORE):
            answer["cursor"] = line.removeprefix(_MORE)
        elif (cells := columns.cells(line)) is not None:
            lists[-1]["rows"].append(cells)
        elif columns.begin(line):
            lists.append({"of": columns.of, "about": columns.about, "rows": []})
        else:
            said.append(line)
    return answer
