"""Write docs/tools.md from the tools themselves; `--check` fails when the page differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auxcord.tools import TOOLSETS
from kept_page import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auxcord.tools.toolset import ToolSpec

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tools.md"
HEAD = """\
# Tools

<!-- Written by `make docs` from src/auxcord/tools; edit that. -->

Every answer is one compact text. Lists are rows whose columns are named in the line above them; every row
of a thing on Spotify carries its URI, which other tools take back. A list that goes on ends with
`more: cursor=…`: call again with the same arguments and that cursor. Arguments may be written loosely: links
and bare ids for URIs, one item for a list, text for a number. Errors end with a `[code]` and say what to do.

Spotify asks whoever shows its content to link each thing back to where it is from. With `links` set, a tool
adds the address at open.spotify.com to every row; with `AUXCORD_RESULTS=structured`, meant for user
interfaces, every row has it as `link` without being asked.

A person gives each client a level: *look* (permission `read`), *control* (`read`, `playback`) or *everything*
(`read`, `playback`, `edit`). A tool that needs more answers with where the person can allow it.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for toolset in TOOLSETS for line in _section(toolset.name, toolset))])


def _section(name: str, tools: Iterator[ToolSpec]) -> Iterator[str]:
    yield f"## {name.capitalize()}\n"
    for spec in tools:
        yield f"### `{spec.name}`: {spec.title}\n"
        yield f"{spec.description}\n"
        yield f"{_needs(spec)}\n"
        yield from _arguments(spec.bind().parameters)


def _needs(spec: ToolSpec) -> str:
    hints = {"read-only": spec.read_only, "destructive": spec.destructive, "idempotent": spec.idempotent}
    parts = [
        f"Permission: `{spec.needs.value}`",
        f"Spotify scopes: {', '.join(f'`{scope.value}`' for scope in sorted(spec.scopes)) or 'none'}",
        f"Hints: {', '.join(hint for hint, given in hints.items() if given) or 'none'}",
        *(["Premium only"] if spec.premium else []),
    ]
    return " · ".join(parts)


def _arguments(schema: dict[str, Any]) -> Iterator[str]:
    if not schema["properties"]:
        return
    required = set(schema.get("required", ()))
    yield "| argument | type | meaning |"
    yield "|---|---|---|"
    for name, part in schema["properties"].items():
        meaning = part["description"] + "." if "description" in part else ""
        facts = [meaning, "Required." if name in required else "", _default(part)]
        yield f"| `{name}` | {_type(part)} | {' '.join(fact for fact in facts if fact)} |"
    yield ""


def _default(part: dict[str, Any]) -> str:
    if "default" not in part:
        return ""
    value = part["default"]
    shown = ", ".join(value) if isinstance(value, list) else str(value).lower()
    return f"Default: `{shown}`."


def _type(part: dict[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if part["type"] == "array":
        most = f", at most {part['maxItems']:,}" if "maxItems" in part else ""
        return f"list of {_type(part['items'])}{most}"
    limits = [f"{word} {part[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in part]
    return " ".join([{"string": "text", "boolean": "true or false"}.get(part["type"], part["type"]), *limits])


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    return kept(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
