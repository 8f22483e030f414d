"""Every setting, once: its name, what it means, an example, and where to get the value.

Values come from the environment first (or from the file that `NAME_FILE` names), then from a TOML file
(`AUXCORD_CONFIG`, keys spelled as in the environment), then from the defaults below. Nothing outside this
floor reads the environment.
"""

# No postponed annotations: pydantic resolves them at run time.
import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import platformdirs
from cryptography.fernet import Fernet
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from auxcord.errors import SettingsError

Command = Literal["serve", "stdio"]
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_CONFIG = "AUXCORD_CONFIG"
_SQLITE = "sqlite+aiosqlite:///"


def _client_id(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", value):
        msg = f"must be 32 hexadecimal digits in lower case; it has {len(value)} characters"
        raise ValueError(msg)
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http or https address without query or fragment")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    return value.rstrip("/")


def _guarded_address(value: str) -> str:
    parts = urlsplit(_web_address(value))
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must use https, because tokens travel to it (http is for loopback addresses only)")
    return value.rstrip("/")


def _spotify_redirect(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1"}:
        raise ValueError("must use https, or http on 127.0.0.1 or [::1]; Spotify refuses localhost")
    return _web_address(value)


def _split(value: object) -> object:
    return tuple(part for part in re.split(r"[\s,]+", value) if part) if isinstance(value, str) else value


def _fernet_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key.get_secret_value())
        except ValueError:
            msg = f"holds something that is not a Fernet key at position {position}"
            raise ValueError(msg) from None
    return keys


def _sqlite_url(value: str) -> str:
    if not value.startswith(_SQLITE) or not value.removeprefix(_SQLITE):
        msg = f"must begin with {_SQLITE} and name a file"
        raise ValueError(msg)
    return value


def _default_database() -> str:
    return f"{_SQLITE}{platformdirs.user_data_path('auxcord') / 'auxcord.sqlite3'}"


def default_keys_file() -> Path:
    """Where a single person's encryption keys are kept: never inside the data directory."""
    return platformdirs.user_config_path("auxcord-keys") / "encryption-keys"


def _setting(name: str, description: str, *, example: str, where: str = "", **default: Any) -> Any:
    return Field(
        validation_alias=name,
        description=description,
        examples=[example],
        json_schema_extra={"where": where},
        **default,
    )


class Settings(BaseModel):
    """The settings of one process, frozen. Make it with `Settings.load`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, validate_default=True)

    client_id: Annotated[str, AfterValidator(_client_id)] = _setting(
        "SPOTIFY_CLIENT_ID",
        "The Client ID of your Spotify app.",
        example="0123456789abcdef0123456789abcdef",
        where="developer.spotify.com/dashboard, your app, Settings, Client ID",
    )
    client_secret: SecretStr | None = _setting(
        "SPOTIFY_CLIENT_SECRET",
        "The Client secret of your Spotify app; recommended for `serve`, not needed over stdio.",
        example="(32 hexadecimal digits)",
        where="developer.spotify.com/dashboard, your app, Settings, View client secret",
        default=None,
    )
    redirect_uri: Annotated[str, AfterValidator(_spotify_redirect)] | None = _setting(
        "SPOTIFY_REDIRECT_URI",
        "Where Spotify sends people back to. Register exactly this address in the Spotify app. "
        "Default: the public address + /callback for `serve`; http://127.0.0.1/callback over stdio.",
        example="https://auxcord.example.org/callback",
        default=None,
    )
    public_url: Annotated[str, AfterValidator(_guarded_address)] | None = _setting(
        "AUXCORD_PUBLIC_URL",
        "The address people and MCP clients reach this server at. "
        "Default: http://127.0.0.1:<port> while the server listens on loopback only.",
        example="https://auxcord.example.org",
        default=None,
    )
    host: str = _setting(
        "AUXCORD_HOST", "The address to listen on.", example="127.0.0.1", default="127.0.0.1"
    )
    port: Annotated[int, Field(ge=1, le=65535)] = _setting(
        "AUXCORD_PORT", "The port to listen on, 1 to 65535.", example="8000", default=8000
    )
    database_url: Annotated[str, AfterValidator(_sqlite_url)] = _setting(
        "AUXCORD_DATABASE_URL",
        "Where the data lies. Default: a SQLite file in your data directory.",
        example="sqlite+aiosqlite:////var/lib/auxcord/auxcord.sqlite3",
        default_factory=_default_database,
    )
    encryption_keys: Annotated[
        tuple[SecretStr, ...], BeforeValidator(_split), AfterValidator(_fernet_keys)
    ] = _setting(
        "AUXCORD_ENCRYPTION_KEYS",
        "The keys that seal everybody's tokens, newest first, separated by commas. "
        "Keep them apart from the data. Over stdio a key is made at the first `auxcord login`.",
        example="(the output of `auxcord keys new`)",
        where="run `auxcord keys new` and keep its output in your secret store",
        default=(),
    )
    spotify_api_url: Annotated[str, AfterValidator(_guarded_address)] = _setting(
        "AUXCORD_SPOTIFY_API_URL",
        "Spotify's Web API; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765/v1",
        default="https://api.spotify.com/v1",
    )
    spotify_accounts_url: Annotated[str, AfterValidator(_guarded_address)] = _setting(
        "AUXCORD_SPOTIFY_ACCOUNTS_URL",
        "Spotify's accounts service; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765",
        default="https://accounts.spotify.com",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "AUXCORD_LOG_LEVEL", "How much to log: debug, info, warning or error.", example="info", default="info"
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, *, command: Command = "serve") -> Self:
        """Read all settings, or say everything that is wrong with them at once.

        Args:
            environ: The environment; the process's own when omitted.
            command: What is about to run; `serve` needs more than `stdio` does.

        Raises:
            SettingsError: With one line for each problem.
        """
        env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
        names = tuple(str(field.validation_alias) for field in cls.model_fields.values())
        problems: list[str] = []
        values = _from_file(env.get(_CONFIG), problems) | _with_secret_files(env, names, problems)
        problems += _unknown_names(values, names)
        if command == "serve":
            problems += _missing_for_serve(cls, values)
        try:
            settings = cls(**{name: value for name, value in values.items() if name in names})
        except ValidationError as error:
            problems += [
                _problem(cls, detail) for detail in error.errors(include_url=False, include_input=False)
            ]
        else:
            problems += _keys_beside_data(env, settings)
            if not problems:
                return settings
        raise SettingsError(tuple(problems))

    @property
    def address(self) -> str:
        """The public address, derived from host and port when AUXCORD_PUBLIC_URL is not set."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The encryption keys themselves, newest first; hand them to the key ring and to nothing else."""
        return tuple(key.get_secret_value() for key in self.encryption_keys)

    @property
    def database_file(self) -> Path:
        """The SQLite file the data lies in."""
        return Path(self.database_url.removeprefix(_SQLITE))

    @property
    def spotify_redirect(self) -> str:
        """Where Spotify sends people back to when this process serves HTTP."""
        return self.redirect_uri or f"{self.address}/callback"


def _keys_beside_data(env: Mapping[str, str], settings: Settings) -> list[str]:
    name = "AUXCORD_ENCRYPTION_KEYS_FILE"
    data = settings.database_file.absolute().parent
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


def _missing_for_serve(cls: type[Settings], values: Mapping[str, Any]) -> list[str]:
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


def _problem(cls: type[Settings], detail: ErrorDetails) -> str:
    alias = str(detail["loc"][0])
    field = next(n for n, f in cls.model_fields.items() if alias in {n, f.validation_alias})
    if detail["type"] == "missing":
        return _missing(cls, field)
    text = detail["msg"].removeprefix("Value error, ")
    if detail["type"] != "value_error":
        text = f"is not usable: {text[0].lower()}{text[1:]}"
    return f"{cls.model_fields[field].validation_alias} {text}. {_example(cls, field)}"


def _missing(cls: type[Settings], field: str) -> str:
    return f"{cls.model_fields[field].validation_alias} is missing. {_example(cls, field)}"


def _example(cls: type[Settings], field: str) -> str:
    info = cls.model_fields[field]
    extra = info.json_schema_extra
    where = extra.get("where") if isinstance(extra, dict) else None
    example = f"Example: {info.validation_alias}={(info.examples or [''])[0]}."
    return f"{example} Get it: {where}." if where else example
