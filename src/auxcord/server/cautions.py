"""What is set in a way that works but is unwise: told at the start, and by `auxcord doctor`."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import structlog

from auxcord.server.shapes import LOOPBACK_HOSTS
from auxcord.store.surroundings import MOUNTS, network
from auxcord.telemetry.findings import Finding, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from auxcord.server.settings import Command, Settings

log = structlog.get_logger(__name__)

_EXAMPLE: Final = "0123456789abcdef0123456789abcdef"
_SECRET: Final = re.compile(r"[0-9a-f]{32}")
_NARROWEST: Final = {4: 8, 6: 16}
"""A network with fewer bits than these is nobody's own."""
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_LISTED: Final = 5
"""So many people can use an app in development mode, each listed at Spotify by its owner."""
_GUESSED: Final = {
    "rate_limit_address": "AUXCORD_RATE_LIMIT_ADDRESS",
    "rate_limit_tokens": "AUXCORD_RATE_LIMIT_TOKENS",
    "rate_limit_sign_ins": "AUXCORD_RATE_LIMIT_SIGN_INS",
    "rate_limit_registrations": "AUXCORD_RATE_LIMIT_REGISTRATIONS",
    "rate_limit_global": "AUXCORD_RATE_LIMIT_GLOBAL",
}


class Caution(NamedTuple):
    """Something legal but unwise.

    Attributes:
        setting: The variable it is about.
        sentence: What is unwise about it, without any secret's value.
        advice: What to do instead.
    """

    setting: str
    sentence: str
    advice: str

    @property
    def finding(self) -> Finding:
        """The same, as `auxcord doctor` tells it."""
        return warning(f"{self.setting}: {self.sentence}", self.advice)


def cautions(settings: Settings, command: Command, *, mounts: Path = MOUNTS) -> Iterator[Caution]:
    """Yield everything that is unwise about settings that are well-formed.

    Args:
        settings: The settings.
        command: What runs with them.
        mounts: Where the system tells what is mounted.
    """
    yield from _apps(settings)
    yield from _secret_files(settings.secret_files.items())
    for finding in network(settings.database_file.absolute().parent, mounts):
        yield Caution("AUXCORD_DATABASE_URL", finding.sentence, finding.advice)
    if command == "serve":
        yield from _listening(settings)
        yield from _proxies(settings.trusted_proxies)
        yield from _metrics(settings)
        if urlsplit(settings.address).hostname not in LOOPBACK_HOSTS:
            yield from _in_public(settings)


def warn(settings: Settings, command: Command) -> None:
    """Log what is unwise, once, when a process starts."""
    for caution in cautions(settings, command):
        log.warning(caution.finding.sentence, setting=caution.setting, advice=caution.advice)


def _apps(settings: Settings) -> Iterator[Caution]:
    ids, secrets = {app.client_id for app in settings.apps}, {app.client_secret for app in settings.apps}
    genuine = _is_spotifys(settings.spotify_accounts_url, "accounts")
    for place, app in enumerate(settings.apps):
        if app.client_id in secrets or app.client_secret in ids:
            yield Caution(
                "AUXCORD_SPOTIFY_APPS" if place else "SPOTIFY_CLIENT_ID",
                "A client id is a client secret too: one is in the wrong place, and client ids are public.",
                "Look both up at developer.spotify.com/dashboard, and make a new secret if one was shown.",
            )
        elif app.client_secret and genuine and not _SECRET.fullmatch(app.client_secret):
            yield Caution(
                "AUXCORD_SPOTIFY_APPS" if place else "SPOTIFY_CLIENT_SECRET",
                "A client secret of Spotify has 32 hexadecimal digits; this one has "
                f"{len(app.client_secret)} characters and looks like something else.",
                "Copy it anew from developer.spotify.com/dashboard, your app, Settings.",
            )
        if app.client_id == _EXAMPLE:
            yield Caution(
                "AUXCORD_SPOTIFY_APPS" if place else "SPOTIFY_CLIENT_ID",
                "A client id is the example of the documentation, which is nobody's app.",
                "Put the Client ID of your own app there, from developer.spotify.com/dashboard.",
            )


def _is_spotifys(address: str, name: str) -> bool:
    return urlsplit(address).hostname == f"{name}.spotify.com"


def _secret_files(files: Iterable[tuple[str, Path]]) -> Iterator[Caution]:
    """Judge files others cannot read (those are refused) by who could put something else in their place."""
    if os.name != "posix":
        return
    ours = {0, os.geteuid()}
    for setting, file in files:
        try:
            status, directory = file.stat(), file.resolve().parent.stat()
        except OSError:  # it was there a moment ago, and the value was read
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        if status.st_uid not in ours:
            yield Caution(
                setting,
                f"{file} belongs to the account {status.st_uid}, which can read and change the secret in it.",
                f"Let it belong to the account that runs Auxcord ({os.geteuid()}) or to root.",
            )
        elif (directory.st_mode & _OTHERS_WRITE and not directory.st_mode & stat.S_ISVTX) or (
            directory.st_uid not in ours
        ):
            yield Caution(
                setting,
                f"Others can write to the directory of {file}, and put another file in its place.",
                f"Let the directory belong to that account or to root, and run: chmod go-w {file.parent}",
            )


def _listening(settings: Settings) -> Iterator[Caution]:
    everywhere = settings.host not in LOOPBACK_HOSTS
    public = urlsplit(settings.address)
    if everywhere and public.hostname in LOOPBACK_HOSTS:
        yield Caution(
            "AUXCORD_PUBLIC_URL",
            f"The server listens on {settings.host}, but {settings.address} leads people to their own "
            "computers.",
            "Set AUXCORD_PUBLIC_URL to the address others reach it at, or AUXCORD_HOST to 127.0.0.1.",
        )
    elif everywhere and not settings.trusted_proxies:
        yield Caution(
            "AUXCORD_HOST",
            f"The server listens on {settings.host} without TLS, and no proxy is named that has it in front: "
            "whoever reaches the port sends tokens in the clear.",
            "Let only the proxy with TLS reach the port, and name the proxy in AUXCORD_TRUSTED_PROXIES.",
        )
    elif public.scheme == "https" and not settings.trusted_proxies:
        yield Caution(
            "AUXCORD_TRUSTED_PROXIES",
            "It names no proxy, but one has to be in front of an https address: all people behind it count "
            "as one address, and share its limits.",
            "Name the proxy's address, such as 127.0.0.1 for one on this machine.",
        )


def _proxies(networks: Iterable[str]) -> Iterator[Caution]:
    for text in networks:
        network_ = ipaddress.ip_network(text)
        if network_.prefixlen < _NARROWEST[network_.version] and not network_.is_private:
            yield Caution(
                "AUXCORD_TRUSTED_PROXIES",
                f"{text} trusts nearly everybody: whoever reaches the port can say that they are any "
                "address, and escape every limit for addresses.",
                "Name only the addresses or networks of your own proxies.",
            )


def _metrics(settings: Settings) -> Iterator[Caution]:
    if settings.metrics_port is None or settings.metrics_host in LOOPBACK_HOSTS:
        return
    try:
        address = ipaddress.ip_address(settings.metrics_host)
    except ValueError:
        is_inside = False
    else:
        is_inside = address.is_loopback or (address.is_private and not address.is_unspecified)
    if not is_inside:
        yield Caution(
            "AUXCORD_METRICS_HOST",
            f"Metrics are answered on {settings.metrics_host}, and have no password.",
            "Name an address that only your monitoring reaches, or let a firewall see to it.",
        )


def _in_public(settings: Settings) -> Iterator[Caution]:
    if settings.log_level == "debug":
        yield Caution(
            "AUXCORD_LOG_LEVEL",
            "It is debug on a server for others: its logs say more about what people do than running it "
            "takes.",
            "Set it to info when you have found what you are looking for.",
        )
    if settings.client_secret is None:
        yield Caution(
            "SPOTIFY_CLIENT_SECRET",
            "It is missing: Spotify then gives a new refresh token with each renewal, and one that is lost "
            "on the way cannot be had again.",
            "Set it; it stands beside the Client ID at developer.spotify.com/dashboard.",
        )
    addresses = {"api": settings.spotify_api_url, "accounts": settings.spotify_accounts_url}
    for name, address in addresses.items():
        if not _is_spotifys(address, name):
            yield Caution(
                f"AUXCORD_SPOTIFY_{name.upper()}_URL",
                f"It leads elsewhere than to {name}.spotify.com: people's tokens travel there.",
                "Unset it, unless this server is there to try things out.",
            )
    seats = settings.spotify_app_seats
    if not settings.allowed_users and seats is not None and (seats == 0 or seats > _LISTED):
        yield Caution(
            "AUXCORD_ALLOWED_USERS",
            "It is empty, and the apps take more people than one lists at Spotify: anybody with a Spotify "
            "account may sign in here.",
            "Name those who may, if it is not meant for everybody.",
        )
    unlimited = [name for field, name in _GUESSED.items() if getattr(settings, field) is None]
    for name in unlimited:
        yield Caution(
            name,
            "It is off on a server that strangers reach: one address may ask as often as it can.",
            "Unset it, or set one that is generous.",
        )
