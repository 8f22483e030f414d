"""Everybody who is linked here, as the operator sees them; nothing in it opens a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select

from auxcord.accounts import LinkState
from auxcord.authorization.revocation import Revoked, revoke_all
from auxcord.errors import InputError, NotLinkedError, VaultError
from auxcord.spotify.apps import short
from auxcord.store.schema import grants, seats, users
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from auxcord.accounts import Link
    from auxcord.server.assembly import Parts

STEP: Final = 500
"""People who are read together."""

UNREADABLE: Final = "unreadable"
NOT_LINKED: Final = "not linked"


@discreet("display_name")
class Listed(NamedTuple):
    """One person.

    Attributes:
        user_id: Our own random id.
        app: The Spotify app they are linked through.
        linked_at: Unix seconds when they took their seat in it.
        consent_ends_at: Unix seconds; None if the link cannot be read.
        state: Whether the link works: `active`, `reauthorization_required`, `not admitted`, `unreadable`.
        clients: MCP clients that have access.
        last_used_at: Unix seconds when one of them last got tokens; None if there is none.
        spotify_user_id: Personal.
        display_name: Personal, and not to be trusted.
    """

    user_id: str
    app: str
    linked_at: float
    consent_ends_at: float | None
    state: str
    clients: int
    last_used_at: float | None
    spotify_user_id: str | None
    display_name: str | None


class People:
    """Lists people, and ends what they have.

    Args:
        parts: What the server is made of; open.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def listed(self) -> AsyncIterator[Listed]:
        """Go through everybody, in the order of their ids."""
        after = ""
        while True:
            rows = await self._parts.store.fetch(
                select(users.c.user_id, users.c.created_at, seats.c.client_id, seats.c.since)
                .outerjoin(seats, seats.c.user_id == users.c.user_id)
                .where(users.c.user_id > after)
                .order_by(users.c.user_id)
                .limit(STEP)
            )
            if not rows:
                return
            used = await self._used(rows[0].user_id, rows[-1].user_id)
            for row in rows:
                clients, last = used.get(row.user_id, (0, None))
                link, state = await self._link(row.user_id)
                yield Listed(
                    user_id=row.user_id,
                    app=self._app(row.client_id),
                    linked_at=row.created_at if row.since is None else row.since,
                    consent_ends_at=None if link is None else link.consent_ends_at,
                    state=state,
                    clients=clients,
                    last_used_at=last,
                    spotify_user_id=None if link is None else link.spotify_user_id,
                    display_name=None if link is None else link.display_name,
                )
            after = rows[-1].user_id

    async def disconnect(self, user_id: str) -> None:
        """Erase a person: link, key, grants, seat.

        Raises:
            InputError: There is nobody with this id.
            StoreUnavailableError: Repeat it.
        """
        if not await self._parts.accounts.forget(user_id, by="operator"):
            raise _nobody(user_id)

    async def revoke_all(self, user_id: str | None = None) -> Revoked:
        """End the access of every client of everybody, or of one person; links stay.

        Raises:
            InputError: There is nobody with this id.
        """
        if user_id is not None and not await self._parts.store.fetch(
            select(users.c.user_id).where(users.c.user_id == user_id)
        ):
            raise _nobody(user_id)
        trail = self._parts.accounts.trail
        return await revoke_all(self._parts.store, trail, now=self._parts.clock(), user_id=user_id)

    async def erase_all(self) -> int:
        """Erase everybody who is here now; returns how many they were."""
        rows = await self._parts.store.fetch(select(users.c.user_id).order_by(users.c.user_id))
        return await self._parts.accounts.forget_many([row.user_id for row in rows], by="operator")

    async def _used(self, first: str, last: str) -> dict[str, tuple[int, float]]:
        rows = await self._parts.store.fetch(
            select(grants.c.user_id, func.count(), func.max(grants.c.last_used_at))
            .where(grants.c.user_id.between(first, last), grants.c.revoked_at.is_(None))
            .group_by(grants.c.user_id)
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    async def _link(self, user_id: str) -> tuple[Link | None, str]:
        accounts = self._parts.accounts
        try:
            link = await accounts.describe(user_id)
        except NotLinkedError:
            return None, NOT_LINKED
        except VaultError:
            return None, UNREADABLE
        if not accounts.admission.admits(link.spotify_user_id):
            return link, "not admitted"
        if self._parts.apps.get(await accounts.seats.client_of(user_id)) is None:
            return link, LinkState.REAUTHORIZATION_REQUIRED.value
        return link, link.state.value

    def _app(self, client_id: str | None) -> str:
        app = self._parts.apps.get(client_id)
        if app is not None:
            return app.name
        return "none" if client_id is None else f"not set up ({short(client_id)})"


def _nobody(user_id: str) -> InputError:
    return InputError(
        f"There is nobody with the id {user_id[:64]!r}.", advice="`auxcord users list` shows the ids."
    )
