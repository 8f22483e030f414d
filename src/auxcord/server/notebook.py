"""Where what was learnt about the Spotify app outlives the process: a row of the database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from auxcord.store.schema import spotify_apps

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store.engine import Store


class StoredNotebook:
    """The notes about one Spotify app; they say nothing about people.

    Args:
        store: The database.
        client_id: The app's client id.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, client_id: str, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._client_id = client_id
        self._clock = clock

    async def read(self) -> bytes | None:
        """Return what was written last."""
        wanted = select(spotify_apps.c.findings).where(spotify_apps.c.client_id == self._client_id)
        rows = await self._store.fetch(wanted)
        return bytes(rows[0][0]) if rows else None

    async def write(self, notes: bytes) -> None:
        """Keep this instead.

        Raises:
            StoreUnavailableError: It cannot be written now.
        """
        values = {"findings": notes, "updated_at": self._clock()}

        def put(connection: Connection) -> None:
            statement = insert(spotify_apps).values(client_id=self._client_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["client_id"], set_=values))

        await self._store.transact(put)
