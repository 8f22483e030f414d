"""Turns a request that succeeds into requests that must be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .asks import UNKNOWN
from .schemas import most_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .asks import Ask
    from .document import Operation, Parameter

_LISTS = {"ids", "uris", "uri"}
_OBJECT_IDS = {"id", "playlist_id"}


def spoiled(operation: Operation, ask: Ask) -> Iterator[Ask]:
    """Everything that is wrong in one place, and the status it must be refused with."""
    yield from _path(ask)
    yield from _query(operation, ask)
    yield from _body(operation, ask)


def _path(ask: Ask) -> Iterator[Ask]:
    for name in ask.path:
        if name in _OBJECT_IDS:
            yield ask.wrong("malformed id", 400, path={**ask.path, name: "not-an-id"})
        if name != "user_id" or not ask.body:
            yield ask.wrong("unknown id", 404, path={**ask.path, name: UNKNOWN})


def _query(operation: Operation, ask: Ask) -> Iterator[Ask]:
    for parameter in operation.parameters.values():
        if parameter.where != "query":
            continue
        name = parameter.name
        if parameter.required and not (ask.body or name not in ask.query):
            rest = {other: value for other, value in ask.query.items() if other != name}
            yield ask.wrong(f"without {name}", 400, query=rest)
        if name in _LISTS and name in ask.query:
            yield ask.wrong(f"malformed {name}", 400, query={**ask.query, name: "not an id"})
        for why, value in _wrong_values(parameter, ask.query.get(name, "")):
            yield ask.wrong(f"{why} {name}", 400, query={**ask.query, name: value})


def _wrong_values(parameter: Parameter, given: str) -> Iterator[tuple[str, str]]:
    schema, name = parameter.schema, parameter.name
    most = schema.get("maximum", parameter.most)
    if schema.get("type") in {"integer", "number"}:
        yield "text for", "many"
        if most is not None:
            yield "too much", str(most + 1)
        if "minimum" in schema:
            yield "too little", str(schema["minimum"] - 1)
    elif "enum" in schema or "enum" in schema.get("items", {}):
        yield "unknown", "nonsense"
    elif most is not None and name in _LISTS and given:
        first = given.partition(",")[0]
        yield "too many", ",".join([first] * (most + 1))


def _body(operation: Operation, ask: Ask) -> Iterator[Ask]:
    if not isinstance(ask.body, dict) or operation.body is None:
        return
    schema = operation.body.content["application/json"]
    for name in schema.get("required", []):
        if name in ask.body:
            rest: dict[str, Any] = {other: value for other, value in ask.body.items() if other != name}
            yield ask.wrong(f"body without {name}", 400, body=rest)
    for name, value in ask.body.items():
        if isinstance(value, list) and value:
            most = most_of(schema["properties"][name].get("description"))
            if most is not None:
                yield ask.wrong(
                    f"too many {name} in the body", 400, body={**ask.body, name: value[:1] * (most + 1)}
                )
        wrong: Any = 7 if isinstance(value, str) else "wrong"
        yield ask.wrong(f"wrong type of {name}", 400, body={**ask.body, name: wrong})
