"""Looking at a database without changing anything, not even the files SQLite keeps beside it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auxcord.store import connections
from auxcord.store.failures import raise_translated
from auxcord.store.integrity import index_of, log_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row
    from sqlalchemy.sql import Executable


class Look:
    """A database as it is at this moment; `fetch` reads it as `Store.fetch` does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def fetch(self, statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the rows of a SELECT."""
        try:
            return self.connection.execute(statement).all()
        except Exception as error:
            raise_translated(error)
            raise


@contextmanager
def look(path: Path) -> Iterator[Look]:
    """Open the database for looking at it, also while a server uses it.

    Raises:
        StoreError: It cannot be read at all.
    """
    with _place(path) as (place, has_log):
        engine = connections.onlooker(place, has_log=has_log)
        try:
            with engine.connect() as connection:
                yield Look(connection)
        except Exception as error:
            raise_translated(error)
            raise
        finally:
            engine.dispose()


@contextmanager
def _place(path: Path) -> Iterator[tuple[Path, bool]]:
    """Tell where SQLite can read a database without writing, and whether there is a log to read with it."""
    log, index = log_of(path), index_of(path)
    if index.exists() and log.exists():  # a server runs, or was killed: readers share what is there already
        yield path, True
    elif log.exists() and log.stat().st_size:  # SQLite would make an index: let it do so elsewhere
        with tempfile.TemporaryDirectory(prefix="auxcord-look-") as folder:
            copy = Path(folder, path.name)
            for file in (path, log):
                shutil.copyfile(file, copy.with_name(file.name))
            yield copy, True
    else:
        yield path, False
