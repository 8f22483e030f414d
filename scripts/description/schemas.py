"""Turns the schemas of an OpenAPI 3.0 document into JSON Schema 2020-12.

Three things change on the way. `allOf` is merged, so that an object can be closed and an unknown field is
found. `nullable` and `discriminator` become what they mean. Every schema gets an `x-place`, the name under
which a difference is reported: the component that says it and the field, such as `AlbumBase.images`.

Sources: OpenAPI 3.0.3, "Schema Object"; JSON Schema 2020-12.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema: TypeAlias = dict[str, Any]

PLACE = "x-place"
HOME = "urn:description"
_COMPONENT = "#/components/schemas/"
_TOLD = frozenset({"description", "title", "example", "examples", "default", "deprecated", "externalDocs"})
_KEPT = ("type", "enum", "minimum", "maximum", "minItems", "maxItems", "pattern", "minLength", "maxLength")
_HANDLED = frozenset(
    {*_KEPT, "$ref", "allOf", "oneOf", "discriminator", "properties", "required", "items", "nullable"}
    | {"format", "additionalProperties"}
)
_MOST = re.compile(r"(?:Maximum:|maximum of|Up to) (\d+)", re.IGNORECASE)
_SPAN = re.compile(r"value (?:will be )?between (-?\d+) and (-?\d+)")
_DATE_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


class DescriptionError(ValueError):
    """The description uses something this checker does not know; the text says what."""


def most_of(text: str | None) -> int | None:
    """Read how many things a text allows, such as "Maximum: 20 IDs"."""
    found = _MOST.search(text or "")
    return int(found.group(1)) if found else None


class Schemas:
    """The schemas of a description, as one JSON Schema resource.

    Args:
        components: The description's `components.schemas`.
        edit: May change a finished object schema, given its place, in place.
    """

    def __init__(
        self, components: Mapping[str, Schema], edit: Callable[[str, Schema], None] | None = None
    ) -> None:
        self._components = components
        self._edit = edit or (lambda _place, _schema: None)
        self.seen: set[str] = set()
        self._finished = {
            name: self._component(name) for name, raw in components.items() if self._is_object(raw)
        }

    @cached_property
    def _registry(self) -> Registry[Any]:
        whole = {"$id": HOME, "$defs": self._finished}
        Draft202012Validator.check_schema(whole)
        registry: Registry[Any] = Registry().with_resource(HOME, Resource.from_contents(whole, DRAFT202012))
        return registry

    @cached_property
    def _watching(self) -> Any:
        """JSON Schema 2020-12, with a note of every place a value was found at."""

        def note(_validator: object, place: str, _instance: object, _schema: object) -> tuple[()]:
            self.seen.add(place)
            return ()

        return validators.extend(Draft202012Validator, {PLACE: note})

    @property
    def places(self) -> frozenset[str]:
        """Every field of every component, by its place."""
        fields = (field for schema in self._finished.values() for field in schema["properties"].values())
        return frozenset(field[PLACE] for field in fields)

    def validator(self, schema: Schema, place: str) -> Any:
        """Make a validator for a schema of the description; `place` names one that has no name of its own."""
        finished = self.convert(schema, place)
        Draft202012Validator.check_schema(finished)
        return self._watching(finished, registry=self._registry)

    def convert(self, schema: Schema, place: str) -> Schema:
        """Give the JSON Schema for a schema of the description."""
        unknown = {key for key in schema if key not in _HANDLED | _TOLD and not key.startswith("x-")}
        if unknown:
            raise DescriptionError(f"{place}: {', '.join(sorted(unknown))} is not understood")
        only = self._only_reference(schema)
        if only is not None:
            return self._reference(only, place, nullable=bool(schema.get("nullable")))
        if "oneOf" in schema:
            return self._choice(schema, place)
        if self._is_object(schema):
            return self._nullable(self._object(schema, place), schema)
        return self._nullable(self._plain(schema, place), schema)

    # -- parts ---------------------------------------------------------------------------------------------

    def _component(self, name: str) -> Schema:
        finished = self._object(self._components[name], name)
        del finished["type"]  # said where the component is referred to, so that a null is reported there
        return finished

    def _is_object(self, schema: Schema) -> bool:
        return bool(schema.get("type") == "object" or "properties" in schema or "allOf" in schema)

    @staticmethod
    def _only_reference(schema: Schema) -> str | None:
        """Give the component a schema refers to when it does nothing else."""
        members = schema.get("allOf", [])
        target = schema.get("$ref")
        if target is None and len(members) == 1 and not {"properties", "required"} & set(schema):
            target = members[0].get("$ref")
        return None if target is None else str(target).removeprefix(_COMPONENT)

    def _reference(self, name: str, place: str, *, nullable: bool) -> Schema:
        if name not in self._components:
            raise DescriptionError(f"{place}: refers to {name}, which is not there")
        raw = self._components[name]
        if not self._is_object(raw):
            return self.convert(raw, place)
        kinds = ["object", "null"] if nullable else "object"
        return {"type": kinds, "$ref": f"{HOME}#/$defs/{name}", PLACE: place}

    def _choice(self, schema: Schema, place: str) -> Schema:
        tag = schema.get("discriminator", {}).get("propertyName")
        if tag is None:
            raise DescriptionError(f"{place}: oneOf without a discriminator")
        options: dict[str, Schema] = {}
        for option in schema["oneOf"]:
            name = str(option["$ref"]).removeprefix(_COMPONENT)
            properties, _ = self._members(self._components[name], name)
            for value in properties[tag]["enum"]:
                options[value] = {"$ref": f"{HOME}#/$defs/{name}"}
        return {
            "type": "object",
            "required": [tag],
            "properties": {tag: {"enum": list(options), PLACE: f"{place}.{tag}"}},
            "allOf": [
                {"if": {"required": [tag], "properties": {tag: {"const": value}}}, "then": target}
                for value, target in options.items()
            ],
            PLACE: place,
        }

    def _object(self, schema: Schema, place: str) -> Schema:
        properties, required = self._members(schema, place)
        closed = bool(properties) or schema.get("additionalProperties") is False
        finished: Schema = {"type": "object", "properties": properties, "required": required, PLACE: place}
        if closed:
            finished["additionalProperties"] = False
        self._edit(place, finished)
        return finished

    def _members(self, schema: Schema, place: str) -> tuple[dict[str, Schema], list[str]]:
        """Collect the fields of an object from its own lines and everything it is composed of."""
        if "$ref" in schema:
            name = str(schema["$ref"]).removeprefix(_COMPONENT)
            return self._members(self._components[name], name)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for member in schema.get("allOf", []):
            inherited, needed = self._members(member, place)
            properties |= inherited
            required += needed
        for name, field in schema.get("properties", {}).items():
            properties[name] = self.convert(field, f"{place}.{name}")
        required += schema.get("required", [])
        return properties, list(dict.fromkeys(required))

    def _plain(self, schema: Schema, place: str) -> Schema:
        finished = {key: schema[key] for key in _KEPT if key in schema}
        text = schema.get("description")
        if finished.get("type") == "array":
            finished["items"] = self.convert(schema.get("items", {}), f"{place}[]")
            most = most_of(text)
            if most is not None:
                finished.setdefault("maxItems", most)
        if schema.get("format") == "date-time":
            finished["pattern"] = _DATE_TIME
        span = _SPAN.search(text or "") if finished.get("type") == "integer" else None
        if span:
            finished.setdefault("minimum", int(span.group(1)))
            finished.setdefault("maximum", int(span.group(2)))
        return {**finished, PLACE: place}

    @staticmethod
    def _nullable(finished: Schema, schema: Schema) -> Schema:
        if schema.get("nullable"):
            finished["type"] = [finished["type"], "null"]
            if "enum" in finished:
                finished["enum"] = [*finished["enum"], None]
        return finished
