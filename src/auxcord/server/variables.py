"""The settings themselves: each with its name, what it means, an example, and where to get the value.

`settings.py` reads them, `shapes.py` says what they must look like.
"""

# No postponed annotations: pydantic resolves them at run time.
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, Field, SecretStr

from auxcord.server.shapes import (
    SQLITE,
    ClientId,
    Duration,
    FernetKeys,
    GuardedAddress,
    Names,
    Networks,
    OptionalRate,
    SpotifyApps,
    SpotifyRedirect,
    SqliteUrl,
    Toolsets,
)


def _default_database() -> str:
    return f"{SQLITE}{platformdirs.user_data_path('auxcord') / 'auxcord.sqlite3'}"


def default_keys_file() -> Path:
    """Where a single person's encryption keys are kept: never inside the data directory."""
    return platformdirs.user_config_path("auxcord-keys") / "encryption-keys"


def setting(name: str, description: str, *, example: str, where: str = "", **default: Any) -> Any:
    """Declare a setting.

    Args:
        name: Of the environment variable.
        description: What it means, for the operator.
        example: A value.
        where: Where to get one, if that is not obvious.
        default: `default` or `default_factory`; without either the setting is required.
    """
    return Field(
        validation_alias=name,
        description=description,
        examples=[example],
        json_schema_extra={"where": where},
        **default,
    )


class General(BaseModel):
    """What most operators look at."""

    client_id: ClientId = setting(
        "SPOTIFY_CLIENT_ID",
        "The Client ID of your Spotify app.",
        example="0123456789abcdef0123456789abcdef",
        where="developer.spotify.com/dashboard, your app, Settings, Client ID",
    )
    client_secret: SecretStr | None = setting(
        "SPOTIFY_CLIENT_SECRET",
        "The Client secret of your Spotify app; recommended for `serve`, not needed over stdio.",
        example="(32 hexadecimal digits)",
        where="developer.spotify.com/dashboard, your app, Settings, View client secret",
        default=None,
    )
    redirect_uri: SpotifyRedirect | None = setting(
        "SPOTIFY_REDIRECT_URI",
        "Where Spotify sends people back to. Register exactly this address in the Spotify app. "
        "Default: the public address + /callback for `serve`; http://127.0.0.1/callback over stdio.",
        example="https://auxcord.example.org/callback",
        default=None,
    )
    public_url: GuardedAddress | None = setting(
        "AUXCORD_PUBLIC_URL",
        "The address people and MCP clients reach this server at. "
        "Default: http://127.0.0.1:<port> while the server listens on loopback only.",
        example="https://auxcord.example.org",
        default=None,
    )
    host: str = setting("AUXCORD_HOST", "The address to listen on.", example="127.0.0.1", default="127.0.0.1")
    port: Annotated[int, Field(ge=1, le=65535)] = setting(
        "AUXCORD_PORT", "The port to listen on, 1 to 65535.", example="8000", default=8000
    )
    database_url: SqliteUrl = setting(
        "AUXCORD_DATABASE_URL",
        "Where the data lies. Default: a SQLite file in your data directory.",
        example="sqlite+aiosqlite:////var/lib/auxcord/auxcord.sqlite3",
        default_factory=_default_database,
    )
    encryption_keys: FernetKeys = setting(
        "AUXCORD_ENCRYPTION_KEYS",
        "The keys that seal everybody's tokens, newest first, separated by commas. "
        "Keep them apart from the data. Over stdio a key is made at the first `auxcord login`.",
        example="(the output of `auxcord keys new`)",
        where="run `auxcord keys new` and keep its output in your secret store",
        default=(),
    )
    key_source: Literal["file", "keyring"] = setting(
        "AUXCORD_KEY_SOURCE",
        "Where one person's keys are kept over stdio when AUXCORD_ENCRYPTION_KEYS is not set: `file`, a "
        "private file outside the data directory, or `keyring`, the system's keyring, for which "
        "`auxcord[keyring]` has to be installed.",
        example="keyring",
        default="file",
    )
    spotify_api_url: GuardedAddress = setting(
        "AUXCORD_SPOTIFY_API_URL",
        "Spotify's Web API; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765/v1",
        default="https://api.spotify.com/v1",
    )
    spotify_accounts_url: GuardedAddress = setting(
        "AUXCORD_SPOTIFY_ACCOUNTS_URL",
        "Spotify's accounts service; point it at the simulator to try things out.",
        example="http://127.0.0.1:8765",
        default="https://accounts.spotify.com",
    )
    data_key_max_age: Duration = setting(
        "AUXCORD_DATA_KEY_MAX_AGE",
        "How long a person's data key is used before it is made anew, when their tokens are next renewed.",
        example="90d",
        default="90d",
    )
    refresh_token_max_age: Annotated[Duration, Field(ge=3600, le=180 * 86400)] = setting(
        "AUXCORD_REFRESH_TOKEN_MAX_AGE",
        "How long an MCP client may stay away before the person has to sign in again; 1h to 180d, and never "
        "past the end of the consent at Spotify.",
        example="30d",
        default="30d",
    )
    consent_max_age: Annotated[Duration, Field(ge=86400)] | None = setting(
        "AUXCORD_CONSENT_MAX_AGE",
        "How long a consent at Spotify counts here. Default: six months, after which Spotify ends it itself; "
        "longer has no effect.",
        example="90d",
        default=None,
    )
    consent_warning: Annotated[Duration, Field(ge=0, le=90 * 86400)] = setting(
        "AUXCORD_CONSENT_WARNING",
        "How long before its end people are told that their consent ends; at most 90d.",
        example="14d",
        default="14d",
    )
    allowed_users: Names = setting(
        "AUXCORD_ALLOWED_USERS",
        "Spotify user ids of the people who may link an account here, separated by commas. Default: anyone.",
        example="ada,bram",
        where="each person's profile at open.spotify.com; the id is the last part of its address",
        default=(),
    )
    spotify_apps: SpotifyApps = setting(
        "AUXCORD_SPOTIFY_APPS",
        "More Spotify apps, each client-id:client-secret, separated by commas. Spotify lets five people use "
        "an app in development mode; new people get the first app with a free seat.",
        example="(client-id:client-secret,client-id:client-secret)",
        where="developer.spotify.com/dashboard, each app, Settings",
        default=(),
    )
    spotify_app_seats: Annotated[int, Field(ge=0)] | None = setting(
        "AUXCORD_SPOTIFY_APP_SEATS",
        "How many people may use each Spotify app; 0 for any number. Default: 5 while an app is in "
        "development mode, any number once it has extended access.",
        example="25",
        default=None,
    )
    toolsets: Toolsets = setting(
        "AUXCORD_TOOLSETS",
        "The toolsets to offer, separated by commas: catalog, playback, library, playlists, history. The "
        "account tools are always there. Default: all.",
        example="catalog,playback",
        default=(),
    )
    read_only: bool = setting(
        "AUXCORD_READ_ONLY",
        "Offer only tools that change nothing at Spotify: true or false.",
        example="true",
        default=False,
    )
    results: Literal["text", "structured"] = setting(
        "AUXCORD_RESULTS",
        "How tools answer: `text` is compact and reaches every model, `structured` is data with an output "
        "schema, for clients with a user interface.",
        example="text",
        default="text",
    )
    insufficient_scope: Literal["result", "challenge"] = setting(
        "AUXCORD_INSUFFICIENT_SCOPE",
        "What a client is told that lacks a permission: `result` is a tool result with a link, `challenge` "
        "is HTTP 403 insufficient_scope, at which some widely used clients hang.",
        example="result",
        default="result",
    )
    audit_retention: Annotated[Duration, Field(ge=86400)] = setting(
        "AUXCORD_AUDIT_RETENTION",
        "How long a line of the audit trail is kept; at least 1d.",
        example="400d",
        default="400d",
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "AUXCORD_LOG_LEVEL", "How much to log: debug, info, warning or error.", example="info", default="info"
    )


class Ending(BaseModel):
    """How a process ends."""

    shutdown_delay: Annotated[Duration, Field(ge=0, le=120)] = setting(
        "AUXCORD_SHUTDOWN_DELAY",
        "How long `serve` goes on taking requests after SIGTERM, while `/readyz` says that it leaves, so "
        "that a load balancer stops sending people here; at most 120s. Then requests in flight have 8 s.",
        example="5s",
        default="0s",
    )


class Limits(BaseModel):
    """How much anybody may do; counted in each process."""

    trusted_proxies: Networks = setting(
        "AUXCORD_TRUSTED_PROXIES",
        "The addresses or networks of the proxies in front of this server, separated by commas. Only what "
        "they say in X-Forwarded-For and X-Forwarded-Proto is believed. Default: no proxy.",
        example="127.0.0.1,10.0.0.0/8",
        default=(),
    )
    rate_limit_user: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_USER",
        "How many MCP requests one person may make with all their clients; `off` for no limit.",
        example="300/min burst 100",
        default="300/min burst 100",
    )
    rate_limit_client: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_CLIENT",
        "How many MCP requests one client program may make for all the people who use it.",
        example="6000/min burst 1000",
        default="6000/min burst 1000",
    )
    rate_limit_address: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_ADDRESS",
        "How many requests one address may make without a valid access token: pages, sign-ins, and calls "
        "that are refused for their token. Of IPv6, a /64 network counts as one address.",
        example="600/min burst 300",
        default="600/min burst 300",
    )
    rate_limit_global: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_GLOBAL",
        "How many HTTP requests a process answers, whoever makes them.",
        example="60000/min burst 5000",
        default="60000/min burst 5000",
    )
    rate_limit_tokens: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_TOKENS",
        "How many requests one address may make to the token endpoint. Clients that run in the cloud share "
        "addresses.",
        example="600/min burst 300",
        default="600/min burst 300",
    )
    rate_limit_sign_ins: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_SIGN_INS",
        "How many sign-ins one address may start.",
        example="60/min burst 120",
        default="60/min burst 120",
    )
    rate_limit_registrations: OptionalRate = setting(
        "AUXCORD_RATE_LIMIT_REGISTRATIONS",
        "How many client programs one address may register.",
        example="6/min burst 30",
        default="6/min burst 30",
    )
