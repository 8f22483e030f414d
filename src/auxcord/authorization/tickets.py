"""One sign-in under way: remembered for ten minutes between the pages, sealed, taken once.

What a browser holds is a ticket (in the address of the consent page), a nonce (in a cookie) and a state
(through Spotify); what the store holds of each is its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, insert, or_, select, update

from auxcord.authorization.tokens import digest
from auxcord.errors import AuxcordError, VaultCorruptError
from auxcord.store.schema import sign_ins
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection, Delete, Row, Update

    from auxcord.store.engine import Store
    from auxcord.vault import Vault

SIGN_IN_SECONDS: Final = 600
MOST_SIGN_INS: Final = 20_000
"""So many sign-ins under way at most; strangers can start them."""


class TooManySignInsError(AuxcordError):
    """Too many people are signing in at this moment."""

    code = "too_many_sign_ins"
    default_advice = "Try again in ten minutes."
    retryable = True


@discreet("ticket", "state")
class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the client asked for when it sent the person here; or what it has, when they widen or renew it.

    Attributes:
        ticket: Opens the consent page of this sign-in.
        client_id: The client program.
        client_name: What it calls itself; nobody has verified it.
        resource: What the tokens will be for.
        scopes: What it asked for; None when it did not say.
        redirect_uri: Where to send the person back to; None when no client waits for an answer.
        redirect_uri_explicit: Whether the client named it, rather than having registered only one.
        code_challenge: S256 of the client's verifier.
        state: Comes back to the client unchanged.
        grant_id: The grant to widen or renew, if it is about one.
        user_id: Whose grant that is, or whose link is to be renewed.
        purpose: Why somebody signs in whom no client sent: to `visit` the account page, or `renewal`.
        refused: Client ids of the Spotify apps that turned this sign-in away.
    """

    ticket: str
    client_id: str
    client_name: str
    resource: str
    scopes: tuple[str, ...] | None = None
    redirect_uri: str | None = None
    redirect_uri_explicit: bool = False
    code_challenge: str = ""
    state: str | None = None
    grant_id: str | None = None
    user_id: str | None = None
    refused: tuple[str, ...] = ()
    purpose: str | None = None


class SignIn(NamedTuple):
    """A sign-in as it stands."""

    request: Request
    ticket_hash: bytes
    nonce_hash: bytes | None
    level: str | None
    leg: bytes | None


@discreet("verifier")
class Leg(msgspec.Struct, frozen=True):
    """One way to Spotify and back.

    Attributes:
        verifier: Of its PKCE pair.
        scopes: What it asks for.
        client_id: The Spotify app it goes through.
    """

    verifier: str
    scopes: frozenset[str]
    client_id: str


class SignIns:
    """The sign-ins under way, in the store."""

    def __init__(self, store: Store, vault: Vault, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def begin(self, request: Request) -> None:
        """Remember a new sign-in.

        Raises:
            TooManySignInsError: Too many are under way.
        """
        now = self._clock()
        row = {
            "ticket_hash": digest(request.ticket),
            "client_id": request.client_id,
            "request": self._sealed(request),
            "created_at": now,
            "expires_at": now + SIGN_IN_SECONDS,
        }
        if not await self._store.transact(lambda connection: _insert_if_room(connection, row)):
            raise TooManySignInsError("Too many people are signing in at this moment.")

    async def by_ticket(self, ticket: str) -> SignIn | None:
        """Find the sign-in a consent page is about; None if it has ended or expired."""
        return await self._find(sign_ins.c.ticket_hash == digest(ticket))

    async def by_state(self, state: str) -> SignIn | None:
        """Find the sign-in Spotify answers to, without taking the state; None if it was taken or expired."""
        return await self._find(sign_ins.c.state_hash == digest(state))

    async def depart(self, sign_in: SignIn, *, nonce_hash: bytes, level: str, state: str, leg: Leg) -> bool:
        """Tie a sign-in to the browser that consented, and note what it takes to Spotify.

        Returns:
            False if it has ended meanwhile, or another browser was first.
        """
        sealed = self._vault.seal(_purpose("leg", digest(state)), msgspec.json.encode(leg))
        tie = (
            update(sign_ins)
            .where(
                sign_ins.c.ticket_hash == sign_in.ticket_hash,
                sign_ins.c.expires_at > self._clock(),
                or_(sign_ins.c.nonce_hash.is_(None), sign_ins.c.nonce_hash == nonce_hash),
            )
            .values(nonce_hash=nonce_hash, state_hash=digest(state), verifier=sealed, level=level)
        )
        return await self._changes_one(tie)

    async def take(self, sign_in: SignIn, state: str) -> Leg | None:
        """Use up the state, once, and return what went to Spotify with it; None if somebody was faster."""
        take = (
            update(sign_ins)
            .where(
                sign_ins.c.ticket_hash == sign_in.ticket_hash,
                sign_ins.c.state_hash == digest(state),
                sign_ins.c.expires_at > self._clock(),
            )
            .values(state_hash=None, verifier=None)
        )
        if not await self._changes_one(take) or sign_in.leg is None:
            return None
        try:
            content = self._vault.open_(_purpose("leg", digest(state)), sign_in.leg)
        except VaultCorruptError:
            return None
        return msgspec.json.decode(content, type=Leg)

    async def note_refusal(self, sign_in: SignIn, client_id: str) -> SignIn:
        """Remember that a Spotify app turned the person away; returns the sign-in as it is now."""
        refused = (*(one for one in sign_in.request.refused if one != client_id), client_id)
        request = msgspec.structs.replace(sign_in.request, refused=refused)
        sealed = self._sealed(request)
        noted = update(sign_ins).where(sign_ins.c.ticket_hash == sign_in.ticket_hash).values(request=sealed)
        await self._changes_one(noted)
        return sign_in._replace(request=request)

    async def end(self, sign_in: SignIn, *, along: Callable[[Connection], object] | None = None) -> bool:
        """Forget a sign-in; whether it was still there.

        Args:
            sign_in: Which.
            along: What else to write in the same transaction, if it was.
        """
        forget = delete(sign_ins).where(sign_ins.c.ticket_hash == sign_in.ticket_hash)

        def work(connection: Connection) -> bool:
            was_there = connection.execute(forget).rowcount == 1
            if was_there and along is not None:
                along(connection)
            return was_there

        return await self._store.transact(work)

    async def sweep(self) -> None:
        """Remove the sign-ins that have expired."""
        expired = delete(sign_ins).where(sign_ins.c.expires_at <= self._clock())
        await self._store.transact(lambda connection: connection.execute(expired))

    async def _changes_one(self, statement: Update | Delete) -> bool:
        return await self._store.transact(lambda connection: connection.execute(statement).rowcount == 1)

    async def _find(self, condition: ColumnElement[bool]) -> SignIn | None:
        rows = await self._store.fetch(
            select(sign_ins).where(condition, sign_ins.c.expires_at > self._clock())
        )
        return self._opened(rows[0]) if rows else None

    def _sealed(self, request: Request) -> bytes:
        return self._vault.seal(_purpose("request", digest(request.ticket)), msgspec.json.encode(request))

    def _opened(self, row: Row[Any]) -> SignIn | None:
        try:
            content = self._vault.open_(_purpose("request", row.ticket_hash), row.request)
        except VaultCorruptError:
            return None  # sealed under a key that is gone: as good as expired, the person starts again
        request = msgspec.json.decode(content, type=Request)
        return SignIn(request, row.ticket_hash, row.nonce_hash, row.level, row.verifier)


def _insert_if_room(connection: Connection, row: dict[str, Any]) -> bool:
    under_way = connection.scalar(select(func.count()).select_from(sign_ins)) or 0
    if under_way < MOST_SIGN_INS:
        connection.execute(insert(sign_ins).values(row))
    return under_way < MOST_SIGN_INS


def _purpose(part: str, row: bytes) -> str:
    """Name what is sealed, so that nothing opens in another place or another row."""
    return f"sign-in {part}\n{row.hex()}"
