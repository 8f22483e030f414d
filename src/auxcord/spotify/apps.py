"""The Spotify apps of this server: each with its own sign-in service, pace, breakers and access mode.

Spotify counts requests and quota, and keeps its list of allowed users, for each app apart; so what one app
meets must not slow another's people down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from auxcord.spotify.modes import Mode
    from auxcord.spotify.oauth import SpotifyOAuth, TokenSet
    from auxcord.spotify.transport import Transport


class App:
    """One Spotify app at work.

    Args:
        oauth: Its sign-in service.
        transport: Its way to the Web API.

    Attributes:
        position: Its place among the server's apps, from 1 on.
    """

    def __init__(self, oauth: SpotifyOAuth, transport: Transport) -> None:
        self.oauth = oauth
        self.transport = transport
        self.position = 1

    def __repr__(self) -> str:
        return f"App({self.name!r})"

    @property
    def client_id(self) -> str:
        """Its client id, which is no secret: it stands in every sign-in address."""
        return self.oauth.client_id

    @property
    def name(self) -> str:
        """What to call it before people: its place, and as much of its client id as tells it from others."""
        return f"app {self.position} ({short(self.client_id)})"

    @property
    def mode(self) -> Mode:
        """What Spotify lets it do, as far as that is known."""
        return self.transport.access.mode


class Apps:
    """All apps of this server, in the operator's order.

    Args:
        apps: At least one; no client id occurs twice.
    """

    def __init__(self, apps: Sequence[App]) -> None:
        self._by_id = {app.client_id: app for app in apps}
        for position, app in enumerate(apps, start=1):
            app.position = position
            app.oauth.place = str(position)
            app.transport.place(str(position))
        self.first = apps[0]

    def __repr__(self) -> str:
        return f"Apps({[*self._by_id.values()]!r})"

    def __iter__(self) -> Iterator[App]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @classmethod
    def one(cls, oauth: SpotifyOAuth, transport: Transport) -> Apps:
        """The only app of a server that has one."""
        return cls([App(oauth, transport)])

    def issuer_of(self, tokens: TokenSet) -> App:
        """The app these tokens were granted to."""
        return self._by_id[tokens.client_id] if tokens.client_id else self.first

    def get(self, client_id: str | None) -> App | None:
        """Find an app; None if it is not one of this server's, or no longer."""
        return None if client_id is None else self._by_id.get(client_id)


def short(client_id: str) -> str:
    """As much of a client id as tells apps apart."""
    return client_id[:8]
