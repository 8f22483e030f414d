"""Reading settings from the environment and a file, and saying all that is wrong with them at once."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auxcord.server.secretfiles import CONFIG, KEYS, SECRETS, exposed
from auxcord.server.shapes import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_LARGEST: Final = 64 * 1024


def names(cls: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of all settings."""
    return tuple(str(field.validation_alias) for field in cls.model_fields.values())


def gathered(cls: type[BaseModel], env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Return every value that was given, and note what cannot be read and names nobody knows."""
    known = names(cls)
    given = _from_file(env.get(CONFIG), problems)
    for name in known:
        if name in env or f"{name}_FILE" in env:  # in the environment either takes the place of both
            given.pop(name, None)
            given.pop(f"{name}_FILE", None)
    values = _with_files({**given, **env}, known, problems)
    problems += _unknown_names(values, known)
    return values


def first_app_twice(first: str, *more: str) -> list[str]:
    """Tell if the first app's client id stands among the others too."""
    if first not in more:
        return []
    return ["AUXCORD_SPOTIFY_APPS names the app of SPOTIFY_CLIENT_ID as well. Keep it in one of them."]


def _from_file(path: str | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with Path(path).open("rb") as file:
            given = tomllib.load(file)
            if SECRETS & given.keys():
                problems += exposed(CONFIG, path, os.fstat(file.fileno()))
            return given
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"it is not TOML ({error})"
        problems.append(f"{CONFIG} cannot be read: {reason}. Name a readable TOML file.")
        return {}


def _unknown_names(values: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    allowed = {*names, *(f"{name}_FILE" for name in names), CONFIG}
    problems = []
    for name in sorted(values):
        if name.startswith("AUXCORD_") and name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f" Did you mean {near[0]}?" if near else " Remove it."
            problems.append(f"{name} is not a setting.{hint}")
    return problems


def missing_for_serve(cls: type[BaseModel], values: Mapping[str, Any]) -> list[str]:
    """Tell what `serve` cannot do without."""
    missing = []
    if not values.keys() & {KEYS, f"{KEYS}_FILE"}:  # what is wrong with a file is told already
        missing.append(_missing(cls, "encryption_keys"))
    if "AUXCORD_PUBLIC_URL" not in values and values.get("AUXCORD_HOST", "127.0.0.1") not in LOOPBACK_HOSTS:
        missing.append(_missing(cls, "public_url"))
    return missing


def _with_files(given: Mapping[str, Any], names: tuple[str, ...], problems: list[str]) -> dict[str, Any]:
    """Read the files that are named in the place of values."""
    values = dict(given)
    for name in names:
        path = given.get(f"{name}_FILE")
        if path is None:
            continue
        if name in given:
            problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            continue
        try:
            with Path(path).open("rb") as file:
                value = file.read(_LARGEST).decode().strip()
                problems += exposed(f"{name}_FILE", path, os.fstat(file.fileno())) if name in SECRETS else []
        except (OSError, ValueError, TypeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            problems.append(f"{name}_FILE cannot be read: {reason}. Name a readable file.")
        else:
            if value:
                values[name] = value
            else:
                problems.append(f"{name}_FILE names an empty file. Put the value there, or unset it.")
    return values


def problem(cls: type[BaseModel], detail: ErrorDetails) -> str:
    """Return one finished line about a value that does not fit."""
    alias = str(detail["loc"][0])
    field = next(n for n, f in cls.model_fields.items() if alias in {n, f.validation_alias})
    if detail["type"] == "missing":
        return _missing(cls, field)
    text = detail["msg"].removeprefix("Value error, ")
    if detail["type"] != "value_error":
        text = f"is not usable: {text[0].lower()}{text[1:]}"
    return f"{cls.model_fields[field].validation_alias} {text}. {_example(cls, field)}"


def _missing(cls: type[BaseModel], field: str) -> str:
    return f"{cls.model_fields[field].validation_alias} is missing. {_example(cls, field)}"


def _example(cls: type[BaseModel], field: str) -> str:
    info = cls.model_fields[field]
    extra = info.json_schema_extra
    where = extra.get("where") if isinstance(extra, dict) else None
    example = f"Example: {info.validation_alias}={(info.examples or [''])[0]}."
    return f"{example} Get it: {where}." if where else example
