"""Copying what can still be read of a damaged database into a new one; the damaged one is only read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import ColumnClause, insert, literal_column, select
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from auxcord.errors import StoreError
from auxcord.store.engine import Store
from auxcord.store.integrity import revision_of
from auxcord.store.looking import look
from auxcord.store.schema import HEAD, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row, Table

_ROWID: Final[ColumnClause[int]] = literal_column("rowid")
_TOGETHER: Final = 500
_DENSE: Final = 512
_FARTHEST: Final = 2**40


class Saved(NamedTuple):
    """What became of a table.

    Attributes:
        table: Its name.
        kept: Rows that are in the new database.
        dropped: Rows that could be read, but belong to somebody who could not.
        is_whole: Whether the table was read from end to end without meeting damage.
    """

    table: str
    kept: int
    dropped: int
    is_whole: bool


async def rescue(damaged: Path, into: Path) -> list[Saved]:
    """Copy every row that can be read into a new database, and tell what became of each table.

    Args:
        damaged: The database; no server should write to it meanwhile.
        into: Where the new one goes; nothing is there yet.

    Raises:
        StoreError: Not even the list of tables can be read, it is of another revision, or `into` exists.
    """
    if into.exists():  # noqa: ASYNC240 - nothing else runs beside a rescue
        raise StoreError(f"There is something at {into} already.", advice="Name a file that does not exist.")
    with look(damaged) as seen:
        revision = revision_of(seen.connection)
        if revision != HEAD:
            raise StoreError(
                f"The database is of revision {revision}, and this version rescues {HEAD} only.",
                advice="Use the Auxcord version that last used it.",
            )
        store = Store(f"sqlite+aiosqlite:///{into}")
        await store.open()
        try:
            return [await _copied(seen.connection, store, table) for table in metadata.sorted_tables]
        finally:
            await store.close()


async def _copied(damaged: Connection, store: Store, table: Table) -> Saved:
    reading, kept, dropped = _Reading(damaged, table), 0, 0
    for rows in reading.batches():
        inserted = await store.transact(partial(_inserted, table=table, rows=rows))
        kept, dropped = kept + inserted, dropped + len(rows) - inserted
    return Saved(table.name, kept, dropped, is_whole=reading.is_whole)


def _inserted(connection: Connection, *, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    count = 0
    for row in rows:
        savepoint = connection.begin_nested()
        try:
            connection.execute(insert(table).values(**row))
            savepoint.commit()
        except IntegrityError:  # whose row it is could not be read, or the row is there already
            savepoint.rollback()
        else:
            count += 1
    return count


class _Reading:
    """Reads a table from its beginning to its end, around its damaged pages."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection = connection
        self._query = select(_ROWID.label("_place"), *table.c).order_by(_ROWID)
        self.is_whole = True

    def batches(self) -> Iterator[list[dict[str, object]]]:
        """Yield the rows, some at a time, each row once."""
        edge: int | None = 0
        size = _TOGETHER
        while edge is not None:
            rows = self._after(edge, size)
            if rows is None and size > 1:  # damage somewhere in these: come closer, down to the row before it
                size //= 2
            elif rows is None:
                self.is_whole = False
                edge = self._beyond(edge)
            else:
                if rows:
                    yield [_values(row) for row in rows]
                    edge = rows[-1][0]
                if len(rows) < size:
                    return
                size = min(2 * size, _TOGETHER)

    def _beyond(self, edge: int) -> int | None:
        """Return the next place after which rows can be read again, None if there is none.

        Row by row first, because no page holds more rows than that; then, for tables of which much was
        deleted, in growing steps and back.
        """
        for place in range(edge + 1, edge + _DENSE):
            if self._after(place, 1) is not None:
                return place
        step = _DENSE
        while self._after(edge + step, 1) is None:
            step *= 2
            if step > _FARTHEST:
                return None
        low, high = edge + step // 2, edge + step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._after(middle, 1) is None else (low, middle)
        return high

    def _after(self, place: int, count: int) -> list[Row[Any]] | None:
        """Return so many rows after a place, None if one of them lies on a damaged page."""
        # Not `rowid > place`: SQLite would look for the place itself, perhaps on the damaged page.
        query = self._query.where(place + 1 <= _ROWID).limit(count)
        try:
            return list(self._connection.execute(query).all())
        except OperationalError:
            raise
        except DatabaseError:
            return None


def _values(row: Row[Any]) -> dict[str, object]:
    return {name: value for name, value in row._asdict().items() if name != "_place"}
