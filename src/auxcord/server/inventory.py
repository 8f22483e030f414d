"""Every setting with its value and where it came from; of a secret, only that there is one, and its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import SecretStr

from auxcord.server import loading
from auxcord.server.secretfiles import CONFIG, SECRETS
from auxcord.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo


class Entry(NamedTuple):
    """A setting.

    Attributes:
        name: As it is spelled in the environment.
        value: As it is in force, or its shape if it is a secret; empty when it is not set.
        origin: Where it came from: `environment`, `default`, or a file.
    """

    name: str
    value: str
    origin: str


def inventory(environ: Mapping[str, str]) -> list[Entry]:
    """List every setting, whether or not it is well-formed.

    Args:
        environ: The environment.
    """
    env = {name: value for name, value in environ.items() if value}
    values = loading.gathered(Settings, env, [])
    return [
        _entry(str(field.validation_alias), field, env, values) for field in Settings.model_fields.values()
    ]


def _entry(name: str, field: FieldInfo, env: Mapping[str, str], values: Mapping[str, Any]) -> Entry:
    if name not in values:
        default = field.get_default(call_default_factory=True, validated_data={})
        missing = field.is_required() or default is None or default == ()
        return Entry(
            name, "" if missing else _plain(default), "missing" if field.is_required() else "default"
        )
    shown = _shape(str(values[name])) if name in SECRETS else _plain(values[name])
    if name in env:
        return Entry(name, shown, "environment")
    if f"{name}_FILE" in values:
        return Entry(name, shown, f"file {values[f'{name}_FILE']}")
    return Entry(name, shown, f"file {env[CONFIG]}")


def _plain(value: object) -> str:
    parts = value if isinstance(value, (list, tuple)) else [value]
    assert not any(isinstance(part, SecretStr) for part in parts)
    text = ", ".join(str(part) for part in parts)
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _shape(secret: str) -> str:
    parts = secret.replace(",", " ").split()
    sizes = " + ".join(str(len(part)) for part in parts)
    return f"(secret: {sizes} characters)"
