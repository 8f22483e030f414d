"""What the values of settings have to look like; each check says what is wrong and never shows a secret."""

# No postponed annotations: pydantic resolves them at run time.
import ipaddress
import re
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, SecretStr

from auxcord.telemetry.logs import mask

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
TOOLSETS = ("account", "catalog", "playback", "library", "playlists", "history")
"""The toolsets there are; a test holds them against the tools, whose import every command would pay for."""

SQLITE = "sqlite+aiosqlite:///"
_PER_MINUTE = {"s": 60.0, "min": 1.0, "h": 1 / 60}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _client_id(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", value):
        hint = ", and looks like a secret in the wrong place" if mask(value) != value else ""
        msg = f"must be 32 hexadecimal digits in lower case; it has {len(value)} characters{hint}"
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
    if not isinstance(value, str):
        return value
    parts = tuple(part for part in re.split(r"[\s,]+", value) if part)
    if not parts:  # to take nothing for "not set" could open what was meant to be closed
        raise ValueError("is empty")
    return parts


def _toolsets(wanted: tuple[str, ...]) -> tuple[str, ...]:
    for position, name in enumerate(wanted, start=1):
        if name not in TOOLSETS:  # which is not repeated: it may be a secret in the wrong place
            msg = f"names no toolset at position {position}; there are: {', '.join(TOOLSETS)}"
            raise ValueError(msg)
    return wanted


def _fernet_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key.get_secret_value())
        except ValueError:
            msg = f"holds something that is not a Fernet key at position {position}"
            raise ValueError(msg) from None
    return keys


def _apps(apps: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    seen: dict[str, int] = {}
    for position, app in enumerate(apps, start=1):
        if not re.fullmatch(r"[0-9a-f]{32}(:\S+)?", app.get_secret_value()):
            msg = f"holds something that is not client-id:client-secret at position {position}"
            raise ValueError(msg)
        client_id = app.get_secret_value().partition(":")[0]
        if client_id in seen:
            msg = f"names the same app twice, at positions {seen[client_id]} and {position}"
            raise ValueError(msg)
        seen[client_id] = position
    return apps


def _sqlite_url(value: str) -> str:
    if not value.startswith(SQLITE) or not value.removeprefix(SQLITE):
        msg = f"must begin with {SQLITE} and name a file"
        raise ValueError(msg)
    return value


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip())
    if match is None:
        raise ValueError("must be a number followed by d, h, m or s (days, hours, minutes or seconds)")
    return float(match[1]) * _SECONDS[match[2]]


class Rate(NamedTuple):
    """So many at once, and so many a minute after that."""

    burst: int
    per_minute: float


def _rate(value: object) -> object:
    if not isinstance(value, str) or value.strip() == "off":
        return None if isinstance(value, str) else value
    match = re.fullmatch(r"(\d{1,7})\s*/\s*(s|min|h)(?:\s+burst\s+(\d{1,7}))?", value.strip())
    if match is None:
        raise ValueError("must be a number per s, min or h, as in `300/min burst 100`, or `off`")
    per_minute = int(match[1]) * _PER_MINUTE[match[2]]
    burst = max(1, round(per_minute)) if match[3] is None else int(match[3])
    if not per_minute or not burst:
        raise ValueError("would let nothing through; write `off` for no limit")
    return Rate(burst, per_minute)


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            msg = "must hold IP addresses or networks such as 10.0.0.0/8 (with no bits of a host set)"
            raise ValueError(msg) from None
    return values


ClientId = Annotated[str, AfterValidator(_client_id)]
"""A Spotify client id."""

GuardedAddress = Annotated[str, AfterValidator(_guarded_address)]
"""A web address that tokens may travel to."""

SpotifyRedirect = Annotated[str, AfterValidator(_spotify_redirect)]
"""A redirect address that Spotify accepts."""

Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Some words, separated by commas or spaces."""

Toolsets = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_toolsets)]
"""Names of toolsets."""

FernetKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_split), AfterValidator(_fernet_keys)]
"""Encryption keys, newest first."""

SpotifyApps = Annotated[tuple[SecretStr, ...], BeforeValidator(_split), AfterValidator(_apps)]
"""Spotify apps, each client-id:client-secret."""

SqliteUrl = Annotated[str, AfterValidator(_sqlite_url)]
"""The address of a SQLite file."""

Duration = Annotated[float, BeforeValidator(_seconds)]
"""Seconds, written as a number and a unit: 90d, 12h, 30m, 45s."""

Networks = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_networks)]
"""IP addresses and networks."""

OptionalRate = Annotated[Rate | None, BeforeValidator(_rate)]
"""So many requests in some time, as in `300/min burst 100`; None for `off`."""
