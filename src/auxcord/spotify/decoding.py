"""From bytes to models, forgiving what does not matter.

msgspec decodes a clean answer at full speed. Only when it objects is the answer walked field by field: a
malformed optional field becomes its default, a page's entry with a null where a value must be becomes None,
and what cannot be done without is named in the error.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect as kinds

from auxcord.errors import MalformedAnswerError

T = TypeVar("T")

_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_WORDS = frozenset({"name"})
"""Fields that are only shown to people: missing or null, they read as empty text."""


class _Unusable(Exception):  # noqa: N818  # never leaves this module
    """A required value is missing, null or of the wrong type.

    Args:
        steps: From the value outwards, the names and positions that lead to it.
        absent: Whether it is missing or null, rather than of a wrong type.
    """

    def __init__(self, *, absent: bool) -> None:
        super().__init__()
        self.steps: list[str] = []
        self.absent = absent

    def within(self, step: str) -> _Unusable:
        self.steps.append(step)
        return self

    @property
    def path(self) -> str:
        return "".join(reversed(self.steps)).lstrip(".") or "the answer as a whole"


def decode(body: bytes | None, shape: type[T], *, within: str = "") -> T:
    """Read an answer as a model.

    Args:
        body: JSON as Spotify sent it.
        shape: The model to make of it, such as `Track` or `Page[SavedTrack]`.
        within: Where in the answer this JSON stood, for naming a field.

    Raises:
        MalformedAnswerError: It is not JSON, or a required field is missing or of the wrong type.
    """
    if not body:
        raise MalformedAnswerError("Spotify's answer is empty where it must not be.")
    decoder = _decoder(cast("Any", shape))
    try:
        return cast("T", decoder.decode(body))
    except msgspec.ValidationError:
        value = _parsed(body)
    except _NO_JSON:
        body = _mended(body)
        try:
            return cast("T", decoder.decode(body))
        except msgspec.ValidationError:
            value = _parsed(body)
    return _patiently(value, shape, within)


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@cache
def _kind(shape: Any) -> kinds.Type:
    return kinds.type_info(shape)


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except _NO_JSON:
        return msgspec.json.decode(_mended(body))


def _mended(body: bytes) -> bytes:
    """The same JSON without a byte order mark, and without half characters: some text was cut within one.

    Raises:
        MalformedAnswerError: It is not JSON all the same.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        raise MalformedAnswerError("Spotify's answer is not JSON.") from None


def _patiently(value: Any, shape: type[T], within: str) -> T:
    try:
        return cast("T", _convert(value, _kind(cast("Any", shape))))
    except _Unusable as unusable:
        path = unusable.within(within).path
    raise MalformedAnswerError(f"Spotify's answer cannot be used: {path} is missing or of the wrong type.")


def _convert(value: Any, kind: kinds.Type) -> Any:
    match kind:
        case kinds.UnionType():
            return _one_of(value, kind)
        case kinds.StructType():
            return _struct(value, kind)
        case kinds.ListType():
            return _entries(value, kind.item_type, required=True)
        case kinds.VarTupleType():
            return tuple(_entries(value, kind.item_type, required=False))
        case _:
            return _plain(value, kind)


def _plain(value: Any, kind: kinds.Type) -> Any:
    if isinstance(kind, kinds.IntType) and isinstance(value, float) and value.is_integer():
        return int(value)
    fits = {
        kinds.StrType: isinstance(value, str),
        kinds.BoolType: isinstance(value, bool),
        kinds.IntType: isinstance(value, int) and not isinstance(value, bool),
        kinds.FloatType: isinstance(value, (int, float)) and not isinstance(value, bool),
        kinds.DictType: isinstance(value, dict),
        kinds.AnyType: True,
    }
    if fits.get(type(kind), False):
        return value
    raise _Unusable(absent=value is None)


def _one_of(value: Any, kind: kinds.UnionType) -> Any:
    if value is None and kind.includes_none:
        return None
    shapes = [option for option in kind.types if not isinstance(option, kinds.NoneType)]
    if isinstance(value, dict) and len(shapes) > 1:
        told = [s for s in shapes if isinstance(s, kinds.StructType) and s.tag and s.tag_field in value]
        shapes = [s for s in told if value[str(s.tag_field)] == s.tag] if told else shapes
    failure = _Unusable(absent=value is None)
    for option in shapes:
        try:
            return _convert(value, option)
        except _Unusable as unusable:
            failure = unusable
    raise failure


def _struct(value: Any, kind: kinds.StructType) -> Any:
    if not isinstance(value, dict):
        raise _Unusable(absent=value is None)
    return kind.cls(**{field.name: _field(value, field) for field in kind.fields})


def _field(value: dict[str, Any], field: kinds.Field) -> Any:
    given = value.get(field.encode_name)
    try:
        if given is not None or field.encode_name in value:
            return _convert(given, field.type)
        failure = _Unusable(absent=True)
    except _Unusable as unusable:
        failure = unusable
    if not field.required:
        return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if failure.absent and not failure.steps and field.encode_name in _WORDS:
        return ""
    raise failure.within(f".{field.encode_name}")


def _entries(value: Any, kind: kinds.Type, *, required: bool) -> list[Any]:
    if not isinstance(value, list):
        raise _Unusable(absent=value is None)
    holes = isinstance(kind, kinds.UnionType) and kind.includes_none
    entries: list[Any] = []
    for position, entry in enumerate(value):
        try:
            entries.append(_convert(entry, kind))
        except _Unusable as unusable:
            if required and not (holes and unusable.absent):
                raise unusable.within(f"[{position}]") from None
            if holes:
                entries.append(None)
    return entries
