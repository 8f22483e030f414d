"""Whether what is inside a database is whole and of a schema this program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auxcord.errors import StoreError
from auxcord.store.integrity import damaged_pages, revision_of
from auxcord.store.schema import HEAD
from auxcord.telemetry.findings import Finding, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auxcord.store.looking import Look

MENDING: Final = (
    "Stop the server; then restore a backup, or copy what can be read with `auxcord rescue`: see Damage in "
    "docs/storage.md."
)
_SHOWN: Final = 5


def examination(look: Look) -> Iterator[Finding]:
    """Tell whether a database's pages, references and schema are as they should be.

    Raises:
        StoreError: It cannot be read at all.
    """
    complaints = damaged_pages(look.connection)
    for complaint in complaints[:_SHOWN]:
        yield problem(f"The file is damaged: {complaint}.", MENDING)
    if len(complaints) > _SHOWN:
        yield problem(f"The file is damaged in {len(complaints) - _SHOWN} more places at least.", MENDING)
    if not complaints:
        yield ok("Every page of the file can be read.")
        yield from _references(look)
    yield from _schema(look)


def _references(look: Look) -> Iterator[Finding]:
    tables = [str(row[0]) for row in look.connection.exec_driver_sql("PRAGMA foreign_key_check")]
    for table in sorted(set(tables)):
        yield problem(
            f"{tables.count(table)} rows of {table} belong to nobody any more.",
            "They can be deleted; nobody can reach them. Find out what else wrote to the database.",
        )


def _schema(look: Look) -> Iterator[Finding]:
    try:
        revision = revision_of(look.connection)
    except StoreError as error:
        yield problem(str(error), error.advice)
        return
    if revision == HEAD:
        yield ok(f"Its schema is of revision {revision}, which is this version's.")
    elif revision is None:
        yield warning(
            "It is empty.", "If it should not be, restore a backup; otherwise the first start fills it."
        )
    elif _is_known(revision):
        yield ok(f"Its schema is of revision {revision}; the next start brings it to {HEAD}.")
    else:
        yield problem(
            f"Its schema is of revision {revision}, which this version does not know.",
            "Run the Auxcord version that last used this database, or a newer one.",
        )


def _is_known(revision: str) -> bool:
    from auxcord.store import migration  # noqa: PLC0415 - Alembic costs 0.2 s and is rarely needed

    return migration.is_known(revision)
