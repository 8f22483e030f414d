"""Reads an OpenAPI 3.0 description: its operations, what each may be asked, and what each may answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import yaml  # type: ignore[import-untyped]

from .schemas import DescriptionError, Schema, most_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_METHODS = ("get", "put", "post", "delete", "patch")
_VARIABLE = re.compile(r"\{(\w+)\}")


class Parameter(NamedTuple):
    """A parameter of the path or the query. `most` is how many values its text allows in one list."""

    name: str
    where: str
    required: bool
    schema: Schema
    most: int | None


class Body(NamedTuple):
    """A body: its schema by content type; none when it is empty."""

    name: str
    content: dict[str, Schema]
    required: bool = False


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    Args:
        id: Its operationId, after the renaming the reader was given.
        method: In capitals.
        path: The template, below the server's address.
        parameters: Of path and query, by name.
        body: What a request may carry; None when nothing.
        answers: By status.
        scopes: All that are named.
        deprecated: Whether the description calls it so.
    """

    id: str
    method: str
    path: str
    parameters: dict[tuple[str, str], Parameter]
    body: Body | None
    answers: dict[int, Body]
    scopes: tuple[str, ...]
    deprecated: bool
    pattern: re.Pattern[str] = field(repr=False)

    @property
    def success(self) -> tuple[int, ...]:
        """The statuses that mean success."""
        return tuple(status for status in self.answers if status < 300)

    def query(self, name: str) -> Parameter | None:
        """A query parameter."""
        return self.parameters.get(("query", name))

    @property
    def path_names(self) -> tuple[str, ...]:
        """The variables of the path, in order."""
        return tuple(_VARIABLE.findall(self.path))


class Match(NamedTuple):
    """The operation a request belongs to, and its path variables, decoded."""

    operation: Operation
    variables: dict[str, str]


class Description:
    """An API description.

    Args:
        document: The parsed document.
        renamed: operationIds that are reported under another name; several may become one.
    """

    def __init__(self, document: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> None:
        if not str(document.get("openapi", "")).startswith("3.0"):
            raise DescriptionError("not an OpenAPI 3.0 document")
        self._document = document
        self._renamed = renamed or {}
        self.schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self.operations = [
            self._operation(method.upper(), path, item[method])
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        ]

    @classmethod
    def read(cls, path: Path, renamed: Mapping[str, str] | None = None) -> Description:
        """Read a description from a YAML file."""
        return cls(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader), renamed)

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope the description knows."""
        schemes = self._document["components"].get("securitySchemes", {}).values()
        flows = [flow for scheme in schemes for flow in scheme.get("flows", {}).values()]
        return frozenset(scope for flow in flows for scope in flow.get("scopes", {}))

    @property
    def ids(self) -> list[str]:
        """The operationIds, each once, in the order of the description."""
        return list(dict.fromkeys(operation.id for operation in self.operations))

    def named(self, operation_id: str) -> Operation:
        """The (first) operation with this id."""
        return next(operation for operation in self.operations if operation.id == operation_id)

    def find(self, method: str, path: str) -> Match | None:
        """Find the operation for a request; a path without variables goes before one with."""
        for operation in sorted(self.operations, key=lambda each: len(each.path_names)):
            found = operation.pattern.fullmatch(path) if operation.method == method else None
            if found:
                return Match(operation, {name: unquote(value) for name, value in found.groupdict().items()})
        return None

    # -- reading -------------------------------------------------------------------------------------------

    def _operation(self, method: str, path: str, raw: Mapping[str, Any]) -> Operation:
        operation_id = self._renamed.get(raw["operationId"], raw["operationId"])
        parameters = [self._parameter(each) for each in raw.get("parameters", [])]
        answers = {
            int(status): self._answer(answer, operation_id, status)
            for status, answer in raw["responses"].items()
        }
        body = raw.get("requestBody")
        split = _VARIABLE.split(path)
        fixed = [re.escape(part) if n % 2 == 0 else f"(?P<{part}>[^/]+)" for n, part in enumerate(split)]
        return Operation(
            id=operation_id,
            method=method,
            path=path,
            parameters={(each.where, each.name): each for each in parameters},
            body=None if body is None else _body(body, f"{operation_id} body"),
            answers=dict(sorted(answers.items())),
            scopes=tuple(
                scope for need in raw.get("security", []) for each in need.values() for scope in each
            ),
            deprecated=bool(raw.get("deprecated")),
            pattern=re.compile("".join(fixed)),
        )

    def _parameter(self, raw: Mapping[str, Any]) -> Parameter:
        raw = self._resolved(raw)
        text = raw["schema"].get("description") or raw.get("description")
        return Parameter(raw["name"], raw["in"], bool(raw.get("required")), raw["schema"], most_of(text))

    def _answer(self, raw: Mapping[str, Any], operation_id: str, status: str) -> Body:
        name = str(raw["$ref"]).rpartition("/")[2] if "$ref" in raw else f"{operation_id} {status}"
        return _body(self._resolved(raw), name)

    def _resolved(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in raw:
            return raw
        found: Any = self._document
        for step in str(raw["$ref"]).removeprefix("#/").split("/"):
            found = found[step]
        return self._resolved(found)


def _body(raw: Mapping[str, Any], name: str) -> Body:
    content = {kind: each["schema"] for kind, each in raw.get("content", {}).items()}
    return Body(name, content, bool(raw.get("required")))
