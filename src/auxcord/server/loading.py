"""Reading settings from the environment and a file, and saying all that is wrong with them at once."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auxcord.server.shapes import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_CONFIG: Final = "AUXCORD_CONFIG"


def names(cls: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of all settings."""
    return tuple(str(field.validation_alias) for field in cls.model_fields.values())


def gathered(cls: type[BaseModel], env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Return every value that was given, and note what cannot be read and names nobody knows."""
    known = names(cls)
    values = _from_file(env.get(_CONFIG), problems) | _with_secret_files(env, known, problems)
    problems += _unknown_names(values, known)
    return values


def keys_beside_data(env: Mapping[str, str], database: Path) -> list[str]:
    """Tell if the file that holds the keys lies where the data lies."""
    name = "AUXCORD_ENCRYPTION_KEYS_FILE"
    data = database.absolute().parent
    if name not in env or not Path(env[name]).resolve().is_relative_to(data.resolve()):
        return []
    return [f"{name} lies in the data directory {data}, so that who copies the data has the keys. Move it."]


def _from_file(path: str | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with Path(path).open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"it is not TOML ({error})"
        problems.append(f"{_CONFIG} cannot be read: {reason}. Name a readable TOML file.")
        return {}


def _unknown_names(values: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    allowed = {*names, *(f"{name}_FILE" for name in names), _CONFIG}
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
    if "AUXCORD_ENCRYPTION_KEYS" not in values:
        missing.append(_missing(cls, "encryption_keys"))
    if "AUXCORD_PUBLIC_URL" not in values and values.get("AUXCORD_HOST", "127.0.0.1") not in LOOPBACK_HOSTS:
        missing.append(_missing(cls, "public_url"))
    return missing


def _with_secret_files(env: Mapping[str, str], names: tuple[str, ...], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(env)
    for name in names:
        path = env.get(f"{name}_FILE")
        if path is None:
            continue
        if name in env:
            problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            continue
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            problems.append(f"{name}_FILE cannot be read: {reason}. Name a readable file.")
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
