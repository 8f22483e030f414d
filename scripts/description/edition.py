"""The description as it applies to apps of one access mode, with what is known beyond it worked in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .facts import ALWAYS_THERE, LIVE_FIELDS, NARROWED, REMOVED, REMOVED_FROM, Narrowing
from .schemas import PLACE, Schema, Schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .document import Body, Description, Operation, Parameter

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"$ref": "#/components/schemas/ErrorObject"}},
}
"""How every error of the Web API looks, also where an operation does not describe the status."""


class Edition:
    """Validators for the requests and answers of one access mode.

    Args:
        description: As published.
        profile: The access mode.
    """

    def __init__(self, description: Description, profile: str) -> None:
        self.profile = profile
        self.used: set[tuple[str, str]] = set()
        """Facts that changed something: (object, field) or (parameter, reason)."""
        self._reduced = profile in REMOVED_FROM
        self._cache: dict[tuple[str, str], Any] = {}
        self.schemas = Schemas(_with_live_fields(description.schemas), self._edit)
        self.error = self.schemas.validator(ERROR, "error")

    def answer(self, body: Body, content_type: str) -> Any:
        """The validator for an answer."""
        return self._validator(body.name, content_type, body.content[content_type])

    def body(self, operation: Operation, content_type: str) -> Any:
        """The validator for a request's body."""
        assert operation.body is not None
        return self._validator(f"{operation.id} body", content_type, operation.body.content[content_type])

    def parameter(self, operation: Operation, parameter: Parameter) -> Any:
        """The validator for a parameter's value."""
        key = (operation.id + " " + operation.path, f"{parameter.where}.{parameter.name}")
        if key not in self._cache:
            schema = dict(parameter.schema)
            for narrowing in NARROWED:
                if self._concerns(narrowing, operation, parameter):
                    schema |= narrowing.schema
                    self.used.add((f"{narrowing.where}.{narrowing.name}", narrowing.reason))
            self._cache[key] = self.schemas.validator(schema, key[1])
        return self._cache[key]

    def _validator(self, name: str, content_type: str, schema: Schema) -> Any:
        key = (name, content_type)
        if key not in self._cache:
            self._cache[key] = self.schemas.validator(schema, name)
        return self._cache[key]

    @staticmethod
    def _concerns(narrowing: Narrowing, operation: Operation, parameter: Parameter) -> bool:
        same = (narrowing.where, narrowing.name) == (parameter.where, parameter.name)
        return same and narrowing.operation in {None, operation.id}

    def _edit(self, place: str, schema: Schema) -> None:
        removed = REMOVED.get(place, ()) if self._reduced else ()
        for name in removed:
            if schema["properties"].pop(name, None) is not None:
                self.used.add((place, name))
        required = [name for name in schema["required"] if name not in removed]
        for name in ALWAYS_THERE.get(place, ()):
            if name in removed:
                continue
            if name in schema["properties"] and name not in required:
                required.append(name)
                self.used.add((place, name))
        schema["required"] = required


def _with_live_fields(components: Mapping[str, Schema]) -> dict[str, Schema]:
    """Add the fields that only the live service knows; each keeps a place of its own."""
    extended = dict(components)
    for live in LIVE_FIELDS:
        for name in extended.keys() & set(live.objects):
            added = {"type": "object", "properties": {live.name: live.schema}}
            extended[name] = {"allOf": [extended[name], added]}
    return extended


def place_of(schema: Schema) -> str:
    """The place a (finished) schema belongs to."""
    return str(schema.get(PLACE, "?"))
