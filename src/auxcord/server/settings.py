"""Every setting, once: its name, what it means, an example, and where to get the value.

Values come from the environment first (or from the file that `NAME_FILE` names), then from a TOML file
(`AUXCORD_CONFIG`, keys spelled as in the environment), then from the defaults below. `loading.py` reads them,
`shapes.py` says what they must look like; nothing outside this floor reads the environment.
"""

# No postponed annotations: pydantic resolves them at run time.
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from auxcord.errors import SettingsError
from auxcord.server import loading, secretfiles
from auxcord.server.shapes import (
    SQLITE,
    ClientId,
    Duration,
    FernetKeys,
    GuardedAddress,
    Names,
    SpotifyApps,
    SpotifyRedirect,
    SqliteUrl,
    Toolsets,
)
from auxcord.spotify.oauth import SpotifyApp

Command = Literal["serve", "stdio"]


def _default_database() -> str:
    return f"{SQLITE}{platformdirs.user_data_path('auxcord') / 'auxcord.sqlite3'}"


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

    client_id: ClientId = _setting(
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
    redirect_uri: SpotifyRedirect | None = _setting(
        "SPOTIFY_REDIRECT_URI",
        "Where Spotify sends people back to. Register exactly this address in the Spotify app. "
        "Default: the public address + /callback for `serve`; http://127.0.0.1/callback over stdio.",
        example="https://auxcord.example.org/callback",
        default=None,
    )
    public_url: GuardedAddress | None = _setting(
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
    database_url: SqliteUrl = _setting(
        "AUXCORD_DATABASE_URL",
        "Where the data lies. Default: a SQLite file in your data directory.",
        example="sqlite+aiosqlite:////var/lib/auxcord/auxcord.sqlite3",
        default_factory=_default_database,
    )
    encryption_keys: FernetKeys = _setting(
        "AUXCORD_ENCRYPTION_KEYS",
        "The keys that seal everybody's tokens, newest first, separated by commas. "
        "Keep them apart from the data. Over stdio a key is made at the first `auxcord login`.",
        example="(the output of `auxcord keys new`)",
        where="run `auxcord keys new` and keep its output in your secret store",
        default=(),
    )
    key_source: Literal["file", "keyring"] = _setting(
        "AUXCORD_KEY_SOURCE",
        "Where one person's keys are kept over stdio when AUXCORD_ENCRYPTION_KEYS is not set: `file`, a "
        "private file outside the data directory, or `keyring`, the system's keyring, for which "
        "`auxcord[keyring]` has to be installed.",
        example="keyring",
        default="file",
    )
    spotify_api_url: GuardedAddress = _setting(
        "AUXCORD_SPOTIFY_API_URL",
        "Spotify's Web API; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765/v1",
        default="https://api.spotify.com/v1",
    )
    spotify_accounts_url: GuardedAddress = _setting(
        "AUXCORD_SPOTIFY_ACCOUNTS_URL",
        "Spotify's accounts service; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765",
        default="https://accounts.spotify.com",
    )
    data_key_max_age: Duration = _setting(
        "AUXCORD_DATA_KEY_MAX_AGE",
        "How long a person's data key is used before it is made anew, when their tokens are next renewed.",
        example="90d",
        default="90d",
    )
    refresh_token_max_age: Annotated[Duration, Field(ge=3600, le=180 * 86400)] = _setting(
        "AUXCORD_REFRESH_TOKEN_MAX_AGE",
        "How long an MCP client may stay away before the person has to sign in again; 1h to 180d, and never "
        "past the end of the consent at Spotify.",
        example="30d",
        default="30d",
    )
    consent_max_age: Annotated[Duration, Field(ge=86400)] | None = _setting(
        "AUXCORD_CONSENT_MAX_AGE",
        "How long a consent at Spotify counts here. Default: six months, after which Spotify ends it itself; "
        "longer has no effect.",
        example="90d",
        default=None,
    )
    consent_warning: Annotated[Duration, Field(ge=0, le=90 * 86400)] = _setting(
        "AUXCORD_CONSENT_WARNING",
        "How long before its end people are told that their consent ends; at most 90d.",
        example="14d",
        default="14d",
    )
    allowed_users: Names = _setting(
        "AUXCORD_ALLOWED_USERS",
        "Spotify user ids of the people who may link an account here, separated by commas. Default: anyone.",
        example="ada,bram",
        where="each person's profile at open.spotify.com; the id is the last part of its address",
        default=(),
    )
    spotify_apps: SpotifyApps = _setting(
        "AUXCORD_SPOTIFY_APPS",
        "More Spotify apps, each client-id:client-secret, separated by commas. Spotify lets five people use "
        "an app in development mode; new people get the first app with a free seat.",
        example="(client-id:client-secret,client-id:client-secret)",
        where="developer.spotify.com/dashboard, each app, Settings",
        default=(),
    )
    spotify_app_seats: Annotated[int, Field(ge=0)] | None = _setting(
        "AUXCORD_SPOTIFY_APP_SEATS",
        "How many people may use each Spotify app; 0 for any number. Default: 5 while an app is in "
        "development mode, any number once it has extended access.",
        example="25",
        default=None,
    )
    toolsets: Toolsets = _setting(
        "AUXCORD_TOOLSETS",
        "The toolsets to offer, separated by commas: catalog, playback, library, playlists, history. The "
        "account tools are always there. Default: all.",
        example="catalog,playback",
        default=(),
    )
    read_only: bool = _setting(
        "AUXCORD_READ_ONLY",
        "Offer only tools that change nothing at Spotify: true or false.",
        example="true",
        default=False,
    )
    results: Literal["text", "structured"] = _setting(
        "AUXCORD_RESULTS",
        "How tools answer: `text` is compact and reaches every model, `structured` is data with an output "
        "schema, for clients with a user interface.",
        example="text",
        default="text",
    )
    insufficient_scope: Literal["result", "challenge"] = _setting(
        "AUXCORD_INSUFFICIENT_SCOPE",
        "What a client is told that lacks a permission: `result` is a tool result with a link, `challenge` "
        "is HTTP 403 insufficient_scope, at which some widely used clients hang.",
        example="result",
        default="result",
    )
    audit_retention: Annotated[Duration, Field(ge=86400)] = _setting(
        "AUXCORD_AUDIT_RETENTION",
        "How long a line of the audit trail is kept; at least 1d.",
        example="400d",
        default="400d",
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
        problems: list[str] = []
        values = loading.gathered(cls, env, problems)
        if command == "serve":
            problems += loading.missing_for_serve(cls, values)
        try:
            settings = cls(**{name: value for name, value in values.items() if name in loading.names(cls)})
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            problems += [loading.problem(cls, detail) for detail in details]
        else:
            problems += secretfiles.out_of_place(values, env, settings.database_file, settings.key_source)
            problems += loading.first_app_twice(*(app.client_id for app in settings.apps))
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
    def apps(self) -> tuple[SpotifyApp, ...]:
        """The Spotify apps, that of SPOTIFY_CLIENT_ID first; they hold the secrets themselves."""
        secret = None if self.client_secret is None else self.client_secret.get_secret_value()
        pairs = (app.get_secret_value().partition(":") for app in self.spotify_apps)
        more = (SpotifyApp(client_id, secret or None) for client_id, _, secret in pairs)
        return (SpotifyApp(self.client_id, secret), *more)

    @property
    def database_file(self) -> Path:
        """The SQLite file the data lies in."""
        return Path(self.database_url.removeprefix(SQLITE))

    @property
    def spotify_redirect(self) -> str:
        """Where Spotify sends people back to when this process serves HTTP."""
        return self.redirect_uri or f"{self.address}/callback"
