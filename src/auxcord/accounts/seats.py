"""Who uses which Spotify app: a seat is taken together with the link and given up with it.

The seats of an app in development mode are as few as Spotify's own list of its users is long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from auxcord.errors import ReauthorizationRequiredError, SeatsTakenError
from auxcord.store.schema import seats

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.accounts.admission import Admission
    from auxcord.spotify.apps import App, Apps
    from auxcord.store import Store

_BEFORE_SEATS: Final = ""
"""The client id in the seats of those who were linked when there was one app only."""
_HELD: Final = select(seats.c.client_id).where(seats.c.user_id == bindparam("user_id"))


class Seats:
    """The seats of all apps.

    Args:
        store: Where they are.
        apps: The apps of this server.
        admission: How many seats an app has.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, apps: Apps, admission: Admission, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._apps = apps
        self._admission = admission
        self._clock = clock

    async def open(self) -> dict[str, int]:
        """Seat those who were linked before there were seats in the first app.

        Returns:
            How many people sit in each app that is not, or no longer, one of this server's, by client id.
        """
        if _BEFORE_SEATS in (taken := await self.taken()):
            first = self._apps.first.client_id
            adopt = update(seats).where(seats.c.client_id == _BEFORE_SEATS).values(client_id=first)
            await self._store.transact(lambda connection: connection.execute(adopt))
            taken.pop(_BEFORE_SEATS)
        return {client_id: people for client_id, people in taken.items() if self._apps.get(client_id) is None}

    async def taken(self) -> dict[str, int]:
        """How many people sit in each app, by client id; apps without anybody are left out."""
        rows = await self._store.fetch(select(seats.c.client_id, func.count()).group_by(seats.c.client_id))
        return {row[0]: row[1] for row in rows}

    async def with_room(self) -> list[App]:
        """The apps with a free seat, in the operator's order."""
        taken = await self.taken()
        return [app for app in self._apps if self._has_room(app, taken.get(app.client_id, 0))]

    async def has_room(self, app: App) -> bool:
        """Whether an app has a free seat."""
        return self._has_room(app, (await self.taken()).get(app.client_id, 0))

    async def client_of(self, user_id: str) -> str | None:
        """The client id of the app a person sits in, also of one that is no longer this server's."""
        rows = await self._store.fetch(_HELD, {"user_id": user_id})
        return str(rows[0].client_id) if rows else None

    async def app(self, user_id: str, client_id: str) -> App:
        """The app a person's link belongs to, by the client id that is kept with the link.

        Raises:
            ReauthorizationRequiredError: It is not, or no longer, one of this server's.
        """
        app = self._apps.get(client_id or await self.client_of(user_id))
        if app is None:
            raise ReauthorizationRequiredError(
                "This account is linked through a Spotify app that this server no longer uses."
            )
        return app

    def taking(self, app: App) -> Callable[[Connection, str], None]:
        """Return what seats a person (by user id) in an app, to be called inside a write transaction.

        Who sits there already stays, even if there are fewer seats by now; who sits in another app moves.
        It raises `SeatsTakenError` if there is no free seat, which undoes the transaction.
        """
        limit, now = self._admission.seats(app), self._clock()

        def take(connection: Connection, user_id: str) -> None:
            if connection.scalar(_HELD, {"user_id": user_id}) == app.client_id:
                return
            others = select(func.count()).where(seats.c.client_id == app.client_id)
            if limit is not None and (connection.scalar(others) or 0) >= limit:
                raise SeatsTakenError("All seats in this Spotify app are taken.")
            held = {"client_id": app.client_id, "since": now}
            statement = insert(seats).values(user_id=user_id, **held)
            connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=held))

        return take

    def _has_room(self, app: App, people: int) -> bool:
        limit = self._admission.seats(app)
        return limit is None or people < limit
