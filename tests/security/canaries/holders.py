"""Every kind of value the program is made of, filled with canaries, and every way to write one down."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any, Final

import msgspec
from pydantic import BaseModel, SecretStr
from rich.pretty import pretty_repr

import auxcord

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELSEWHERE: Final = ("auxcord.__main__", "auxcord.simulator", "auxcord.store.migrations")
"""A program that starts when it is imported; the other side, which has secrets of its own; scripts."""


def kinds() -> Iterator[type]:
    """Every dataclass, structure, named tuple and model in the source."""
    for module in pkgutil.walk_packages(auxcord.__path__, "auxcord."):
        if not module.name.startswith(_ELSEWHERE):
            for kind in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(kind) and kind.__module__ == module.name and fields_of(kind):
                    yield kind


def fields_of(kind: type) -> tuple[str, ...]:
    """The names of what such a value holds; none if it is no such kind."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    if issubclass(kind, BaseModel):
        return tuple(kind.model_fields)
    return getattr(kind, "_fields", ()) if issubclass(kind, tuple) else ()


def filled(kind: Any, values: dict[str, Any]) -> Any:
    """A value of this kind with these contents, whatever their types; nothing is checked or converted."""
    if dataclasses.is_dataclass(kind):
        made = object.__new__(kind)
        for name, value in values.items():
            object.__setattr__(made, name, value)
        return made
    if issubclass(kind, BaseModel):
        typed = {name: _typed(kind.model_fields[name].annotation, value) for name, value in values.items()}
        return kind.model_construct(**typed)
    return kind(**values)


def _typed(annotation: object, value: str) -> Any:
    if "SecretStr" not in str(annotation):
        return value
    return (SecretStr(value),) if "tuple" in str(annotation) else SecretStr(value)


def written(thing: Any) -> Iterator[tuple[str, str]]:
    """Each way in which somebody might write a value down, and what comes of it."""
    yield "repr", repr(thing)
    yield "str", str(thing)
    yield "format", f"{thing}"
    yield "rich", pretty_repr(thing, max_width=200)
    yield "inside a list", repr([thing])
    yield "inside an error", repr(ValueError(thing))
