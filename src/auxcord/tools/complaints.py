"""What is wrong with an argument, in one sentence: which one, what it is, and what it should be."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from auxcord.views import clean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from auxcord.tools.toolset import ToolSpec

_VALUE_LENGTH: Final = 40

_WANTED: Final = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "string_unicode": "text, and it holds half of a character (a lone surrogate)",
    "list": "a list",
    "dict": "an object",
}
"""By pydantic's error type, or its first word (int_parsing, int_type, string_type, …)."""


def complaint(error: ValidationError, spec: ToolSpec) -> str:
    """Say what is wrong with the first argument that does not fit."""
    details = error.errors(include_url=False)
    first = details[0]
    kind = first["type"]
    name = _argument(first)
    if kind.startswith("missing"):
        return f"{spec.name} needs the argument `{name}`."
    if kind.startswith("unexpected"):
        return f"{spec.name} has no argument `{name}`; it takes {_arguments(spec)}."
    return f"`{name}` {_should(first)}{_but_was(first)}."


def _argument(detail: ErrorDetails) -> str:
    name, *path = detail["loc"] or ("arguments",)
    return clean(str(name), _VALUE_LENGTH) + "".join(f"[{part}]" for part in path if isinstance(part, int))


def _arguments(spec: ToolSpec) -> str:
    _, *names = inspect.signature(spec.function).parameters
    return ", ".join(names) or "none"


def _should(detail: ErrorDetails) -> str:
    kind = detail["type"]
    limits: dict[str, Any] = detail.get("ctx", {})
    if kind == "literal_error":
        return f"must be one of {limits['expected'].replace(' or ', ', ')}"
    if kind.endswith("too_long"):
        return f"is too long: at most {limits['max_length']:,}"
    if kind.endswith("too_short"):
        return f"is too short: at least {limits['min_length']:,}"
    if kind == "greater_than_equal":
        return f"must be {limits['ge']} or more"
    if kind == "less_than_equal":
        return f"must be {limits['le']} or less"
    wanted = _WANTED.get(kind) or _WANTED.get(kind.partition("_")[0])
    return f"must be {wanted}" if wanted else "has a value this tool cannot use"


def _but_was(detail: ErrorDetails) -> str:
    value = detail["input"]
    if value is None or detail["type"].startswith(("too_", "string_unicode")):  # the should says it all
        return ""
    if isinstance(value, (list, dict)):
        return (
            f", not a{'n object' if isinstance(value, dict) else ' list'}" if "type" in detail["type"] else ""
        )
    shown = clean(str(value), _VALUE_LENGTH + 1)
    return f", not {shown!r}" if 0 < len(shown) <= _VALUE_LENGTH else ""
