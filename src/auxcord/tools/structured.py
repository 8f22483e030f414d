"""The same answer as data: for clients with a user interface, where the operator asks for it.

A tool writes one compact text (`views`): sentences, and tables whose first line names the columns. This reads
that text back; a name can never look like a table, because what comes from Spotify holds no separator.
"""

from __future__ import annotations

import re
from typing import Any, Final

from auxcord.views import SEPARATOR

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
_HEAD: Final = re.compile(r"(?:(?P<of>\w+)(?P<about>[^:|]*): )?(?P<columns>[^|]+(?:\|[^|]+)+)")
_FEWEST: Final = 2


def structured(text: str) -> dict[str, Any]:
    """Read an answer: sentences as `said`, tables as `lists` of rows by column, and the cursor."""
    said: list[str] = []
    lists: list[dict[str, Any]] = []
    columns: list[str] = []
    answer: dict[str, Any] = {"said": said, "lists": lists}
    for line in text.splitlines():
        cells = line.split(SEPARATOR)
        if line.startswith(_MORE):
            answer["cursor"] = line.removeprefix(_MORE)
        elif columns and len(cells) == len(columns):
            lists[-1]["rows"].append(dict(zip(columns, cells, strict=True)))
        elif len(cells) > _FEWEST and (head := _HEAD.fullmatch(line)):
            columns = head["columns"].split(SEPARATOR)
            lists.append({"of": head["of"] or "", "about": (head["about"] or "").strip(" ,"), "rows": []})
        else:
            said.append(line)
    return answer
