"""Which Spotify app a sign-in goes through, while nobody knows yet who is coming.

Somebody new gets the first app with a free seat. Who has a link stays with their app, where Spotify knows
them already: from another one, they are sent on to it. They move to another app only if their own turned them
away in this very sign-in, or is no longer set up.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from auxcord.errors import SpotifyError
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.modes import Mode
from auxcord.spotify.tokens import JustIssued

if TYPE_CHECKING:
    from auxcord.accounts import Accounts
    from auxcord.authorization.tickets import Request
    from auxcord.spotify.apps import App
    from auxcord.spotify.oauth import TokenSet


class Destination:
    """Chooses the app.

    Args:
        accounts: Knows the apps and who sits in which.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._apps = accounts.apps
        self._seats = accounts.seats

    async def choose(self, request: Request, *, asked: str | None, remembered: str | None) -> App:
        """Choose the app to send a person to.

        Args:
            request: What the sign-in is about.
            asked: The client id of the app the person wants to try, if they said so.
            remembered: The client id of the app that this browser used before.
        """
        own = None if request.user_id is None else await self._seats.client_of(request.user_id)
        likely = [client_id for client_id in (own, remembered) if client_id not in request.refused]
        known = next((app for client_id in (asked, *likely) if (app := self._apps.get(client_id))), None)
        return known or await self.with_room(request) or self._first_guess(request)

    async def home(self, user_id: str, arrived: App, request: Request) -> App:
        """The app that somebody known belongs to, who has arrived through this one."""
        own = self._apps.get(await self._seats.client_of(user_id))
        return arrived if own is None or own.client_id in request.refused else own

    async def with_room(self, request: Request) -> App | None:
        """The first app with a free seat that has not turned this sign-in away."""
        return next((app for app in await self._seats.with_room() if app in self.left(request)), None)

    def left(self, request: Request) -> list[App]:
        """The apps that have not turned this sign-in away."""
        return [app for app in self._apps if app.client_id not in request.refused]

    async def find_out_mode(self, app: App, tokens: TokenSet) -> None:
        """Ask Spotify what an app is that seems to be full: one with extended access has room for all."""
        if app.mode is Mode.EXTENDED or await self._seats.has_room(app):
            return
        await app.transport.access.load()  # another process may have found out
        if app.mode is Mode.UNKNOWN:
            with suppress(SpotifyError):
                await SpotifyClient(app.transport, JustIssued(tokens.access_token)).find_mode()

    def _first_guess(self, request: Request) -> App:
        """No seat is free as far as is known: who comes may have one, or an app may turn out to have more."""
        left = self.left(request) or [*self._apps]
        return next((app for app in left if app.mode is Mode.UNKNOWN), left[0])
