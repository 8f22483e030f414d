"""Holds one request, or one answer, against the description."""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from .differences import Difference, Kind
from .edition import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Match, Operation, Parameter
    from .edition import Edition
    from .exchanges import Exchange

_BINARY = "image/jpeg"


def request_differences(edition: Edition, match: Match, exchange: Exchange) -> set[Difference]:
    """What in a request the description does not allow."""
    return {
        Difference("request", kind, place, detail)
        for kind, place, detail in (
            *_token(exchange),
            *_path(edition, match),
            *_query(edition, match.operation, exchange),
            *_request_body(edition, match.operation, exchange),
        )
    }


def answer_differences(edition: Edition, operation: Operation, exchange: Exchange) -> set[Difference]:
    """What in an answer the description does not know."""
    partial = any(name == "fields" for name, _ in exchange.query)
    return {
        Difference("answer", kind, place, detail)
        for kind, place, detail in _answer(edition, operation, exchange)
        if not (partial and kind is Kind.MISSING_FIELD)  # it was asked for a part only
    }


_Found = tuple[Kind, str, str]

# --- requests -----------------------------------------------------------------------------------------------


def _token(exchange: Exchange) -> Iterator[_Found]:
    if not exchange.bearer:
        yield Kind.MISSING_PARAMETER, "header.authorization", "a bearer token"


def _path(edition: Edition, match: Match) -> Iterator[_Found]:
    for name, value in match.variables.items():
        parameter = match.operation.parameters[("path", name)]
        yield from _value(edition, match.operation, parameter, value)


def _query(edition: Edition, operation: Operation, exchange: Exchange) -> Iterator[_Found]:
    for name, times in Counter(name for name, _ in exchange.query).items():
        if operation.query(name) is None:
            yield Kind.UNKNOWN_PARAMETER, f"query.{name}", ""
        elif times > 1:
            yield Kind.PARAMETER, f"query.{name}", "given more than once"
    given = dict(exchange.query)
    for (where, name), parameter in operation.parameters.items():
        if where != "query":
            continue
        if name in given:
            yield from _value(edition, operation, parameter, given[name])
        elif parameter.required:
            yield Kind.MISSING_PARAMETER, f"query.{name}", ""


def _value(edition: Edition, operation: Operation, parameter: Parameter, text: str) -> Iterator[_Found]:
    place = f"{parameter.where}.{parameter.name}"
    value = _typed(parameter, text)
    for error in edition.parameter(operation, parameter).iter_errors(value):
        yield Kind.PARAMETER, place, _shortened(error.message)
    if parameter.most is None or "maximum" in parameter.schema:
        return
    count = value if isinstance(value, int) else text.count(",") + 1
    if count > parameter.most:
        yield Kind.PARAMETER, place, f"{count}, more than {parameter.most}"


def _typed(parameter: Parameter, text: str) -> Any:
    """Read a parameter as its described type; what cannot be read stays text, which is then wrong."""
    kind = parameter.schema.get("type")
    if kind == "array":
        return text.split(",")
    if kind in {"integer", "number", "boolean"}:
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, (int, float)) else text
    return text


def _request_body(edition: Edition, operation: Operation, exchange: Exchange) -> Iterator[_Found]:
    described = operation.body
    if not exchange.body:
        if described is not None and described.required:
            yield Kind.MISSING_BODY, "body", ""
        return
    if described is None:
        yield Kind.UNEXPECTED_BODY, "body", ""
    elif exchange.content_type not in described.content:
        yield Kind.CONTENT_TYPE, exchange.content_type or "none", ""
    elif exchange.content_type == _BINARY:
        yield from _base64(exchange.body)
    else:
        yield from _json(edition.body(operation, exchange.content_type), exchange.body, "body")


def _base64(body: bytes) -> Iterator[_Found]:
    try:
        base64.b64decode(body, validate=True)
    except binascii.Error as error:
        yield Kind.VALUE, "body", str(error)


# --- answers ------------------------------------------------------------------------------------------------


def _answer(edition: Edition, operation: Operation, exchange: Exchange) -> Iterator[_Found]:
    status, kind = exchange.status, exchange.answer_type
    described = operation.answers.get(status)
    if described is None:
        shape = kind if exchange.answer else "empty"
        yield Kind.STATUS, f"{status} {shape}", ""
        if status >= 400 and kind == "application/json":
            yield from _json(edition.error, exchange.answer, str(status))
    elif not described.content:
        if exchange.answer:
            yield Kind.UNEXPECTED_BODY, f"{status} {kind}", ""
    elif not exchange.answer:
        yield Kind.MISSING_BODY, str(status), ""
    elif kind not in described.content:
        yield Kind.CONTENT_TYPE, f"{status} {kind}", ""
    else:
        yield from _json(edition.answer(described, kind), exchange.answer, str(status))


def _json(validator: Any, content: bytes, place: str) -> Iterator[_Found]:
    try:
        value = json.loads(content)
    except ValueError as error:
        yield Kind.NOT_JSON, place, str(error)
        return
    for objection in validator.iter_errors(value):
        yield from _told(objection)


def _told(error: Any) -> Iterator[_Found]:
    """Say what a validation error means; a missing field is named as the component that described it does."""
    schema, value = error.schema, error.instance
    place = place_of(schema)
    if error.validator == "required":
        for name in schema["required"]:
            if name not in value:
                field = schema.get("properties", {}).get(name, {})
                yield Kind.MISSING_FIELD, str(field.get("x-place", f"{place}.{name}")), ""
    elif error.validator == "additionalProperties":
        for name in value.keys() - schema["properties"].keys():
            yield Kind.UNKNOWN_FIELD, f"{place}.{name}", ""
    elif value is None:
        yield Kind.NULL, place, ""
    else:
        yield Kind.VALUE, place, _shortened(error.message)


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:80]} … {text[-35:]}"
