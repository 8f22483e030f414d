"""From a call to the person behind it. There is no default person: no proof, no caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastmcp.server.dependencies import get_access_token

from auxcord.authorization.scopes import permissions_of
from auxcord.authorization.verification import APP_CLAIM
from auxcord.caller import LEVELS, Caller, Cursors
from auxcord.errors import NotLinkedError, NotSignedInError
from auxcord.server.connections import GrantConnection
from auxcord.spotify.client import SpotifyClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastmcp.server.auth import AccessToken

    from auxcord.accounts import Accounts
    from auxcord.caller import Connection, Permission
    from auxcord.errors import AuxcordError
    from auxcord.server.connections import LocalConnection
    from auxcord.spotify.cache import Cache
    from auxcord.vault import Vault
    from auxcord.vault.questions import Questions


class Callers(Protocol):
    """Finds the person behind the current call."""

    async def of_call(self) -> Caller:
        """Return the caller.

        Raises:
            NotSignedInError: Nobody is signed in.
            NotLinkedError: The person has no Spotify account linked.
        """
        ...

    async def connection(self) -> Connection:
        """Return the person's way to a link, which they may not have yet.

        Raises:
            NotSignedInError: Nobody is signed in.
        """
        ...


class _Callers:
    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        questions: Questions,
        *,
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        self._vault = vault
        self._accounts = accounts
        self._questions = questions
        self._clock = clock
        self._cache = cache

    async def _caller(
        self,
        user_id: str,
        permissions: frozenset[Permission],
        *,
        client_id: str | None,
        sign_in_url: str | None = None,
        account_url: str | None = None,
    ) -> Caller:
        """Make the caller, whose link belongs to the Spotify app of this client id."""
        app = self._accounts.apps.get(client_id)
        # Who may not use their link, or whose app is gone, is told so by `Accounts.access_token`; until then
        # nothing that was kept may answer for it.
        may_look = app is not None and await self._accounts.is_admitted(user_id)
        shelf = self._cache.shelf(user_id, app.client_id) if app is not None and may_look else None
        transport = (app or self._accounts.apps.first).transport
        return Caller(
            user_id=user_id,
            permissions=permissions,
            spotify=SpotifyClient(transport, self._accounts.tokens(user_id), shelf),
            accounts=self._accounts,
            cursors=Cursors(self._vault, user_id, clock=self._clock),
            app=None if app is None else app.name,
            sign_in_url=sign_in_url,
            account_url=account_url,
            questions=self._questions,
        )


class SignedInCallers(_Callers):
    """Over HTTP: the person who gave the verified access token of this request.

    Args:
        vault: Seals the person's cursors.
        accounts: Their Spotify link.
        questions: Makes and takes questions to people.
        sign_in_url: Where the person behind a grant can widen or renew it.
        account_url: The account page.
        granted: Tells what a grant allows now.
        clock: Unix seconds.
        cache: What Spotify answered a moment ago.
    """

    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        questions: Questions,
        *,
        sign_in_url: Callable[[str], str],
        account_url: str,
        granted: Callable[[str], Awaitable[frozenset[Permission]]],
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        super().__init__(vault, accounts, questions, clock=clock, cache=cache)
        self._sign_in_url = sign_in_url
        self._account_url = account_url
        self._granted = granted

    async def of_call(self) -> Caller:
        """Return the person whose access token came with this request; see `Callers`."""
        token, user_id = _proof()
        return await self._caller(
            user_id,
            permissions_of(token.scopes),
            client_id=token.claims.get(APP_CLAIM),
            sign_in_url=self._sign_in_url(token.token),
            account_url=self._account_url,
        )

    async def connection(self) -> Connection:
        """Return the way of the person whose access token came with this request; see `Callers`."""
        token, user_id = _proof()
        return GrantConnection(
            self._accounts,
            user_id,
            permissions_of(token.scopes),
            address=self._sign_in_url(token.token),
            granted=lambda: self._granted(token.token),
        )


def _proof() -> tuple[AccessToken, str]:
    """Return the verified access token of this request, and whose it is."""
    token = get_access_token()
    if token is None or not token.subject:
        raise NotSignedInError("This call carries no valid access token.")
    return token, token.subject


class LocalCallers(_Callers):
    """Over stdio: the one person this data directory belongs to.

    Args:
        vault: Knows who they are.
        accounts: Their Spotify link.
        questions: Makes and takes questions to them.
        connection: Their way to a link.
        clock: Unix seconds.
        cache: What Spotify answered a moment ago.
    """

    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        questions: Questions,
        connection: LocalConnection,
        *,
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        super().__init__(vault, accounts, questions, clock=clock, cache=cache)
        self._connection = connection

    async def connection(self) -> Connection:
        """Return this person's way; see `Callers`."""
        return self._connection

    async def of_call(self) -> Caller:
        """Return the one linked person; see `Callers`."""
        user_id = await self._vault.sole_user()
        if user_id is None:
            raise NotLinkedError(
                "No Spotify account is linked yet.",
                advice="Call connect_account, or run `auxcord login` in a terminal on this computer.",
            )
        first = self._accounts.apps.first.client_id
        return await self._caller(user_id, LEVELS["everything"], client_id=first)


class UnconfiguredCallers:
    """Where settings are missing: every call is answered with what to configure."""

    def __init__(self, reason: AuxcordError) -> None:
        self._reason = reason

    async def of_call(self) -> Caller:
        """Never returns a caller.

        Raises:
            SettingsError: Always; it names what to configure.
        """
        raise self._reason

    async def connection(self) -> Connection:
        """Never returns a connection; see `of_call`."""
        raise self._reason
