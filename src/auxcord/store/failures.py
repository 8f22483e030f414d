"""Turning the driver's failures into Auxcord's: the driver's own words never reach a reader."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from auxcord.errors import StoreDamagedError, StoreError, StoreUnavailableError


def translated(error: BaseException) -> StoreError | None:
    """Say what `error` means for the database, or None when it is nobody's failure but the caller's.

    A broken constraint is the caller's: it says that what was assumed is no longer so.
    """
    if isinstance(error, PoolTimeoutError):
        return StoreUnavailableError("The database is too busy.")
    if isinstance(error, DBAPIError):
        return None if isinstance(error, IntegrityError) else _meaning(str(error.orig))
    return _meaning(str(error)) if isinstance(error, sqlite3.Error) else None


def _meaning(reason: str) -> StoreError:
    if "not a database" in reason:
        return StoreDamagedError(
            "The database file is damaged at its very beginning, or no SQLite database at all.",
            advice="The operator should choose another path, or restore the file from a backup.",
        )
    if "malformed" in reason:
        return StoreDamagedError("The database file is damaged.")
    if "full" in reason:
        return StoreUnavailableError("The disk that holds the database is full.")
    if "I/O error" in reason:
        return StoreUnavailableError("The disk that holds the database fails to read or write.")
    if "readonly" in reason:
        return StoreUnavailableError("The database cannot be written: it, or its directory, is read-only.")
    return StoreUnavailableError("The database cannot be reached or is busy.")


def raise_translated(error: BaseException | None) -> None:
    """Raise what `error` means for the database, if it means anything."""
    failure = None if error is None else translated(error)
    if failure is not None:
        raise failure from error
