"""From a call to the person behind it. There is no default person: no proof, no caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastmcp.server.dependencies import get_access_token

from auxcord.authorization.scopes import permissions_of
from auxcord.caller import LEVELS, Caller, Cursors
from auxcord.errors import NotLinkedError, NotSignedInError
from auxcord.spotify.client import SpotifyClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.accounts import Accounts
    from auxcord.caller import Permission
    from auxcord.errors import AuxcordError
    from auxcord.spotify.cache import Cache
    from auxcord.spotify.transport import Transport
    from auxcord.vault import Vault


class Callers(Protocol):
    """Finds the person behind the current call."""

    async def of_call(self) -> Caller:
        """Return the caller.

        Raises:
            NotSignedInError: Nobody is signed in.
            NotLinkedError: The person has no Spotify account linked.
        """
        ...


class _Callers:
    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        transport: Transport,
        *,
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        self._vault = vault
        self._accounts = accounts
        self._transport = transport
        self._clock = clock
        self._cache = cache

    def _caller(self, user_id: str, permissions: frozenset[Permission], sign_in_url: str | None) -> Caller:
        return Caller(
            user_id=user_id,
            permissions=permissions,
            spotify=SpotifyClient(
                self._transport,
                self._accounts.tokens(user_id),
                self._cache.shelf(user_id),
            ),
            accounts=self._accounts,
            cursors=Cursors(self._vault, user_id, clock=self._clock),
            sign_in_url=sign_in_url,
        )


class SignedInCallers(_Callers):
    """Over HTTP: the person who gave the verified access token of this request.

    Args:
        vault: Seals the person's cursors.
        accounts: Their Spotify link.
        transport: The way to Spotify.
        sign_in_url: Where the person behind a grant can widen or renew it.
        clock: Unix seconds.
        cache: What Spotify answered a moment ago.
    """

    def __init__(
        self,
        vault: Vault,
        accounts: Accounts,
        transport: Transport,
        *,
        sign_in_url: Callable[[str], str],
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        super().__init__(vault, accounts, transport, clock=clock, cache=cache)
        self._sign_in_url = sign_in_url

    async def of_call(self) -> Caller:
        """Return the person whose access token came with this request; see `Callers`."""
        token = get_access_token()
        if token is None or not token.subject:
            raise NotSignedInError("This call carries no valid access token.")
        return self._caller(token.subject, permissions_of(token.scopes), self._sign_in_url(token.token))


class LocalCallers(_Callers):
    """Over stdio: the one person this data directory belongs to."""

    async def of_call(self) -> Caller:
        """Return the one linked person; see `Callers`."""
        user_id = await self._vault.sole_user()
        if user_id is None:
            raise NotLinkedError(
                "No Spotify account is linked yet.",
                advice="Run `auxcord login` in a terminal on this computer, then call again.",
            )
        return self._caller(user_id, LEVELS["everything"], None)


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
