"""A person who comes back from Spotify: their tokens, who they are, and the link that is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.authorization.problems import (
    NOT_ALLOW_LISTED,
    OTHER_ACCOUNT,
    SERVER_FULL,
    ProblemError,
    of_app,
    problem_of,
)
from auxcord.errors import (
    AuxcordError,
    InvalidClientError,
    NotAllowListedError,
    OwnerPremiumRequiredError,
    SeatsTakenError,
)
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.tokens import JustIssued

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.accounts import Accounts
    from auxcord.authorization.destination import Destination
    from auxcord.authorization.tickets import Request, SignIn, SignIns
    from auxcord.spotify.apps import App
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import TokenSet

_TURNED_AWAY: Final = (NotAllowListedError, OwnerPremiumRequiredError, InvalidClientError)
"""What is the matter with one app and may be different with another."""


class Upstream(NamedTuple):
    """Spotify, as a sign-in needs it.

    Args:
        accounts: Where people's links to it are kept, and the apps they link through.
        redirect_uri: Where it sends people back to.
    """

    accounts: Accounts
    redirect_uri: str


class Arrived(NamedTuple):
    """Somebody who has come back.

    Attributes:
        app: The Spotify app they came through.
        tokens: What it was granted.
        person: Who they are at Spotify.
        known: Our id of them, if they have a link already.
    """

    app: App
    tokens: TokenSet
    person: User
    known: str | None


class Arrivals:
    """Receives people.

    Args:
        upstream: Spotify.
        sign_ins: The sign-ins under way.
        destination: Knows which apps are left to try.
        page: Tells the address of a sign-in's consent page.
    """

    def __init__(
        self,
        upstream: Upstream,
        sign_ins: SignIns,
        destination: Destination,
        page: Callable[[Request], str],
    ) -> None:
        self._accounts = upstream.accounts
        self._redirect_uri = upstream.redirect_uri
        self._sign_ins = sign_ins
        self._destination = destination
        self._page = page

    async def receive(self, sign_in: SignIn, app: App, code: str, verifier: str) -> Arrived:
        """Turn Spotify's code into tokens, and tell whose they are.

        Raises:
            ProblemError: Spotify refused or failed, or the person may not use this server or this connection.
        """
        try:
            tokens = await app.oauth.exchange_code(code, redirect_uri=self._redirect_uri, verifier=verifier)
            person = await SpotifyClient(app.transport, JustIssued(tokens.access_token)).profile.me()
            if sign_in.request.purpose != "visit":  # who is no longer admitted may see and erase what is kept
                self._accounts.admission.require(person.id)
        except _TURNED_AWAY as error:
            raise await self._turned_away(sign_in, app, error) from error
        except AuxcordError as error:
            raise self._problem(sign_in, error) from error
        known = await self._accounts.find(person)
        if sign_in.request.user_id not in {None, known}:
            raise ProblemError(OTHER_ACCOUNT, retry=self._page(sign_in.request))
        return Arrived(app, tokens, person, known)

    async def link(self, sign_in: SignIn, arrived: Arrived) -> str:
        """Keep the link, with a seat in the app; returns our id of the person.

        Raises:
            SeatsTakenError: The app is full; nothing was stored.
            ProblemError: Anything else.
        """
        await self._destination.find_out_mode(arrived.app, arrived.tokens)
        try:
            return await self._accounts.link(
                arrived.tokens, arrived.person, expected_user=sign_in.request.user_id
            )
        except SeatsTakenError:
            raise
        except AuxcordError as error:
            raise self._problem(sign_in, error) from error

    def _problem(self, sign_in: SignIn, error: AuxcordError) -> ProblemError:
        return ProblemError(
            problem_of(error), retry=self._page(sign_in.request), retry_after=error.retry_after
        )

    async def _turned_away(self, sign_in: SignIn, app: App, error: AuxcordError) -> ProblemError:
        """Tell what is the matter with an app, and whether another one is left to try."""
        request = (await self._sign_ins.note_refusal(sign_in, app.client_id)).request
        page, problem, left = self._page(request), problem_of(error), self._destination.left(request)
        if problem is NOT_ALLOW_LISTED and not left and not await self._accounts.seats.with_room():
            return ProblemError(SERVER_FULL, retry=page)
        if len(self._accounts.apps) == 1:
            return ProblemError(problem, retry=page)
        return ProblemError(
            of_app(problem, app.name, is_last=not left),
            retry=f"{page}&app={app.client_id}",
            another=page if left else None,
        )
