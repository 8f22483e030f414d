"""Client programs: who may register (RFC 7591), what we remember of them, and how long.

Anybody may register, so everything is bounded: sizes here, the rate per address in `routes`, the number in
the store by removing what was never used. Every client is a public one: it proves itself by PKCE, and there
is no secret to leak. Clients that nobody registered (see `documents`) are remembered here as well.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mcp.server.auth.provider import RegistrationError
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull
from pydantic import AnyUrl
from sqlalchemy import bindparam, delete, func, insert, select, update

from auxcord.audit import Event
from auxcord.authorization.redirects import matches, problem_with
from auxcord.authorization.scopes import names_of, permissions_of
from auxcord.errors import AuxcordError
from auxcord.store.schema import clients, grants

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.auth.provider import RegistrationErrorCode
    from sqlalchemy import Connection

    from auxcord.audit import Trail
    from auxcord.store.engine import Store

MOST_CLIENTS: Final = 50_000
"""So many registrations at most; one address alone cannot reach it before the unused ones are removed."""
MOST_REDIRECTS: Final = 10
LONGEST_NAME: Final = 100
UNUSED_SECONDS: Final = 24 * 3600
_FIND: Final = select(clients.c.document, clients.c.fetched_at).where(
    clients.c.client_id == bindparam("client_id")
)
_KEPT: Final = frozenset(
    {"client_id", "redirect_uris", "client_name", "client_uri", "application_type", "scope"}
)


class RegistrationRefusedError(RegistrationError):
    """The registration endpoint refuses; without `@dataclass` for the reason `RefusedError` gives."""


class RegistrationClosedError(AuxcordError):
    """There are too many registrations; nobody can register for now."""

    code = "registration_closed"
    default_advice = "Try again in an hour, or use a client that is registered already."
    retryable = True


class Client(OAuthClientInformationFull):
    """A client, with our rules for redirect URIs and scopes.

    Attributes:
        fresh_seconds: How long what its document said may be used before it is fetched again.
    """

    fresh_seconds: float = 0.0

    def validate_scope(self, requested_scope: str | None) -> list[str] | None:
        """Keep the scopes we know; None when the client named none. What it registered does not bind it."""
        if requested_scope is None:
            return None
        return names_of(permissions_of(requested_scope.split()))

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        """Return where to send the person back to.

        Raises:
            InvalidRedirectUriError: The client did not register it.
        """
        return AnyUrl(self.redirect_for(None if redirect_uri is None else str(redirect_uri)))

    def redirect_for(self, requested: str | None) -> str:
        """Return where to send the person back to, as the client wrote it.

        Raises:
            InvalidRedirectUriError: The client did not register it, or must name one of several.
        """
        registered = [str(uri) for uri in self.redirect_uris or ()]
        if requested is None and len(registered) == 1:
            return registered[0]
        if requested is not None and any(matches(one, requested) for one in registered):
            return requested
        raise InvalidRedirectUriError("redirect_uri is not one this client registered")


class Published(NamedTuple):
    """A client as its document described it when it was last fetched (unix seconds)."""

    client: Client
    fetched_at: float


class Clients:
    """The clients in the store.

    Args:
        store: Where they are.
        trail: Told of every new one.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, trail: Trail, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    async def find(self, client_id: str) -> Client | None:
        """Find a client."""
        rows = await self._store.fetch(_FIND, {"client_id": client_id})
        return Client.model_validate_json(rows[0].document) if rows else None

    async def published(self, client_id: str) -> Published | None:
        """Find what was last fetched from a client's address; None if nothing ever was."""
        rows = await self._store.fetch(_FIND, {"client_id": client_id})
        if not rows or rows[0].fetched_at is None:
            return None
        return Published(Client.model_validate_json(rows[0].document), rows[0].fetched_at)

    async def publish(self, client: Client) -> None:
        """Remember what was fetched from a client's address just now.

        Raises:
            RegistrationClosedError: There are too many clients.
        """
        now = self._clock()
        row = {
            "client_id": client.client_id,
            "document": client.model_dump_json(exclude_none=True),
            "created_at": now,
            "last_used_at": now,
            "fetched_at": now,
        }
        if not await self._store.transact(
            lambda connection: _replace(connection, row) or self._insert(connection, row, how="document")
        ):
            raise RegistrationClosedError("This server has too many clients.")

    async def register(self, info: OAuthClientInformationFull) -> None:
        """Register a client. `info` is changed to what was registered: it is the answer the client gets.

        Raises:
            RegistrationRefusedError: Something in it cannot be accepted.
            RegistrationClosedError: There are too many registrations.
        """
        _check(info)
        now = self._clock()
        info.client_id = secrets.token_hex(16)
        settle(info)
        info.client_id_issued_at = int(now)
        row = {
            "client_id": info.client_id,
            "document": info.model_dump_json(exclude_none=True),
            "created_at": now,
            "last_used_at": now,
        }
        if not await self._store.transact(lambda connection: self._insert(connection, row, how="by itself")):
            raise RegistrationClosedError("This server has too many registered clients.")

    def _insert(self, connection: Connection, row: dict[str, Any], *, how: str) -> bool:
        has_room = _insert_if_room(connection, row)
        if has_room:
            self._trail.entry(connection, Event.CLIENT_REGISTERED, client=row["client_id"], how=how)
        return has_room

    async def used(self, client_id: str) -> None:
        """Note that a client asks for a sign-in, so that it is not swept away while the person signs in."""
        now = self._clock()
        touch = update(clients).where(clients.c.client_id == client_id).values(last_used_at=now)
        await self._store.transact(lambda connection: connection.execute(touch))

    async def sweep(self) -> None:
        """Remove registrations unused for a day that nobody has granted anything."""
        unused = delete(clients).where(
            clients.c.last_used_at <= self._clock() - UNUSED_SECONDS,
            clients.c.client_id.not_in(select(grants.c.client_id)),
        )
        await self._store.transact(lambda connection: connection.execute(unused))


def _insert_if_room(connection: Connection, row: dict[str, Any]) -> bool:
    registered = connection.scalar(select(func.count()).select_from(clients)) or 0
    if registered < MOST_CLIENTS:
        connection.execute(insert(clients).values(row))
    return registered < MOST_CLIENTS


def _replace(connection: Connection, row: dict[str, Any]) -> bool:
    mine = update(clients).where(clients.c.client_id == row["client_id"])
    fetched = {name: row[name] for name in ("document", "last_used_at", "fetched_at")}
    return connection.execute(mine.values(fetched)).rowcount == 1


def display_name(client: OAuthClientInformationFull) -> str:
    """What a client calls itself, fit to be shown; nobody has verified it."""
    return printable(client.client_name or "", LONGEST_NAME)


def printable(text: str, longest: int) -> str:
    """Make a stranger's text fit to be shown: one line without control or bidirectional characters."""
    shown = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _check(info: OAuthClientInformationFull) -> None:
    uris = info.redirect_uris or []
    if not 1 <= len(uris) <= MOST_REDIRECTS:
        raise _refused("invalid_redirect_uri", f"register 1 to {MOST_REDIRECTS} redirect URIs")
    for uri in uris:
        if problem := problem_with(str(uri), info.application_type):
            raise _refused("invalid_redirect_uri", f"a redirect URI {problem}")
    if len(info.client_name or "") > LONGEST_NAME:
        raise _refused("invalid_client_metadata", f"client_name is longer than {LONGEST_NAME} characters")


def settle(info: OAuthClientInformationFull) -> None:
    """Make it a public client that asks for codes and refreshes tokens, and drop what we have no use for."""
    for name in OAuthClientInformationFull.model_fields:
        if name not in _KEPT:
            setattr(info, name, None)
    if len(str(info.client_uri or "")) > LONGEST_NAME:
        info.client_uri = None
    info.client_name = display_name(info) or None
    info.scope = " ".join(names_of(permissions_of((info.scope or "").split()))) or None
    info.token_endpoint_auth_method = "none"  # noqa: S105 - a method, not a password
    info.grant_types = ["authorization_code", "refresh_token"]
    info.response_types = ["code"]


def _refused(error: RegistrationErrorCode, description: str) -> RegistrationRefusedError:
    return RegistrationRefusedError(error, description)
