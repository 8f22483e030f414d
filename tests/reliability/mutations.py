"""Spoiled answers: one place of a JSON document changed, and what that must do to reading it as a model.

What must come of it is worked out from the place alone, by walking the model along the path to it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from msgspec import inspect as kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = tuple[str | int, ...]
"""The names and positions that lead to a value."""

GONE: Any = object()
"""Stands for a value that is taken out."""
JUNK: tuple[Any, ...] = (GONE, None, True, 7, 2.5, "junk", "\ud83d", [], ["junk"], {}, {"junk": 1})
WORDS = frozenset({"name", "text"})
"""Required fields that are only shown to people: missing, they read as empty text."""


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Every place in a document, from the outside in."""
    yield place
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if _is_list(document) else ()
    )
    for step, value in inner:
        yield from places(value, (*place, step))


def kinds_of_places(document: Any) -> list[Place]:
    """One place of each kind: those that differ by positions in lists only count as one."""
    known: dict[Place, Place] = {}
    for place in places(document):
        known.setdefault(tuple("" if isinstance(step, int) else step for step in place), place)
    return list(known.values())


def trimmed(document: Any, most: int = 2) -> Any:
    """The same document with at most so many entries in each list."""
    if isinstance(document, dict):
        return {name: trimmed(value, most) for name, value in document.items()}
    return [trimmed(value, most) for value in document[:most]] if _is_list(document) else document


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def changed(document: Any, place: Place, new: Any) -> Any:
    """A copy of the document with something else there; `GONE` takes it out."""
    if not place:
        return None if new is GONE else new
    made = copy.copy(document)
    if new is GONE and len(place) == 1:
        del made[place[0]]
    else:
        made[place[0]] = changed(made[place[0]], place[1:], new)
    return made


def spelled(place: Place) -> str:
    """A place as errors name it, such as `items[2].track.uri`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.lstrip(".") or "the answer as a whole"


def said(new: Any) -> str:
    """What was put in place, in words."""
    return "nothing" if new is GONE else repr(new)


class Harm(NamedTuple):
    """Why a change makes an answer useless: the place that must be named (or one within it)."""

    place: Place


@dataclass
class _Walk:
    """How far the path has been followed."""

    kind: kinds.Type
    nullable: bool = False
    in_pages: bool = False
    in_mapping: bool = False
    word: bool = False

    def enter(self, step: str | int) -> bool:
        """Go one step further; False when nothing from there on matters."""
        match self.kind:
            case kinds.StructType(fields=fields):
                field = next((one for one in fields if one.encode_name == step), None)
                if field is None or not field.required:
                    return False
                self._at(field.type)
                self.word = step in WORDS
                return True
            case kinds.ListType(item_type=item):
                self._at(item)
                self.in_pages = self.in_pages or self.nullable
                return True
            case kinds.DictType(value_type=value):
                self._at(value)
                self.in_mapping = True
                return not isinstance(self.kind, kinds.AnyType)
            case _:
                return False

    def _at(self, kind: kinds.Type) -> None:
        self.nullable = self.in_mapping = self.word = False
        if isinstance(kind, kinds.UnionType):
            self.nullable = kind.includes_none
            (kind,) = (one for one in kind.types if not isinstance(one, kinds.NoneType))
        self.kind = kind


@cache
def _kind(shape: Any) -> kinds.Type:
    return kinds.type_info(shape)


def harm(shape: Any, place: Place, new: Any) -> Harm | None:
    """Why a change must fail the read; None when it must not.

    Args:
        shape: The model of the whole answer.
        place: What is changed.
        new: What is there instead.
    """
    walk = _Walk(_kind(shape))
    for step in place:
        if not walk.enter(step):
            return None
    if new is GONE and place and isinstance(place[-1], int):
        return None
    if new is GONE or new is None:
        forgiven = walk.word or walk.in_pages or (walk.nullable and (new is None or walk.in_mapping))
        return None if forgiven else Harm(place)
    return _misfit(walk, place, new)


def _misfit(walk: _Walk, place: Place, new: Any) -> Harm | None:
    match walk.kind:
        case kinds.StructType(fields=fields) if isinstance(new, dict):
            needed = [one.encode_name for one in fields if one.required and one.encode_name not in WORDS]
            return Harm(place) if needed and not walk.in_pages else None
        case kinds.ListType(item_type=item) if isinstance(new, list):
            return None if not new or isinstance(item, kinds.StrType) else Harm((*place, 0))
    return (
        None if isinstance(new, _python(walk.kind)) and type(new) is not _impostor(walk.kind) else Harm(place)
    )


def _python(kind: kinds.Type) -> Any:
    """What values of a plain kind are in Python; nothing for kinds that are not plain."""
    plain = {kinds.StrType: str, kinds.BoolType: bool, kinds.IntType: int, kinds.DictType: dict}
    return plain.get(type(kind), ())


def _impostor(kind: kinds.Type) -> type | None:
    """True is a number to Python, and to nobody else."""
    return bool if isinstance(kind, kinds.IntType) else None
