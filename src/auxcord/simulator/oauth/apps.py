"""Registered Spotify apps and the rules for their redirect URIs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from auxcord.simulator.settings import Profile

DEFAULT_CLIENT_ID = "00000000000000000000000000000001"
DEFAULT_CLIENT_SECRET = "simulator-secret-not-real"  # noqa: S105 - public on purpose, opens nothing
ALLOW_LIST_SIZE = 5
_LOOPBACK_WITH_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\])):\d{1,5}(?=[/?]|$)")


@dataclass
class App:
    """One Spotify app as its developer registered it.

    `allow_list` holds handles; None lets everybody in. `developer` names the developer account whose
    quota it shares.
    """

    client_id: str
    secret: str = field(repr=False)
    name: str = "Auxcord"
    redirect_uris: list[str] = field(
        default_factory=lambda: ["http://127.0.0.1/callback", "http://[::1]/callback"]
    )
    profile: Profile = "development"
    allow_list: frozenset[str] | None = None
    owner_premium: bool = True
    developer: str = "developer-1"

    @property
    def is_development(self) -> bool:
        """Whether the app is in development mode, new rules or old."""
        return self.profile != "extended"

    def accepts_redirect(self, uri: str) -> bool:
        """Compare a redirect URI with the registered ones: exactly, but a loopback port may be added."""
        if uri in self.redirect_uris:
            return True
        without_port = _LOOPBACK_WITH_PORT.sub(r"\1", uri, count=1)
        return without_port != uri and without_port in self.redirect_uris


def is_insecure(uri: str) -> bool:
    """Tell whether a redirect URI is plain http to something other than a loopback literal."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1"}


def default_app(profile: Profile) -> App:
    """Make the app that is registered from the start."""
    return App(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, profile=profile)
