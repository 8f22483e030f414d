"""Every setting with its value and where it came from; of a secret, only that there is one, and its shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import SecretStr

from auxcord.server import loading
from auxcord.server.secretfiles import CONFIG, SECRETS
from auxcord.server.settings import Settings
from auxcord.telemetry.logs import MASK, mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic.fields import FieldInfo

_CLIENT_ID: Final = re.compile(r"[0-9a-f]{32}")
_USER: Final = re.compile(r"//[^/@\s]*@")
_SHORTEST: Final = 6
"""A secret of fewer characters would be found in anything."""


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
    secrets = [part for name in SECRETS & values.keys() for part in _parts(name, str(values[name]))]
    entries = []
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        if name in values:
            entries.append(Entry(name, _shown(name, values[name], secrets), _origin(name, env, values)))
        else:
            entries.append(_not_given(name, field))
    return entries


def _not_given(name: str, field: FieldInfo) -> Entry:
    default = field.get_default(call_default_factory=True, validated_data={})
    missing = field.is_required() or default is None or default == ()
    return Entry(name, "" if missing else _plain(default), "missing" if field.is_required() else "default")


def _origin(name: str, env: Mapping[str, str], values: Mapping[str, Any]) -> str:
    if name in env:
        return "environment"
    return f"file {values[f'{name}_FILE']}" if f"{name}_FILE" in values else f"file {env[CONFIG]}"


def _parts(name: str, value: str) -> list[str]:
    """Return what is secret in a secret's value; of an app, not its client id."""
    parts = value.replace(",", " ").split()
    return [part.partition(":")[2] if name == "AUXCORD_SPOTIFY_APPS" else part for part in parts]


def _shown(name: str, value: object, secrets: Sequence[str]) -> str:
    """Show a value; of a secret, or of what was taken for another setting and is one, only the shape."""
    text = _plain(value)
    misplaced = any(secret in text for secret in secrets if len(secret) >= _SHORTEST)
    # A client id looks like a client secret: neither belongs anywhere else.
    strange = (name == "SPOTIFY_CLIENT_ID") != bool(_CLIENT_ID.fullmatch(text))
    if name in SECRETS or misplaced or strange:
        return _shape(text)
    return mask(_USER.sub(f"//{MASK}@", text))


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
