"""Everything that is kept about a person, for the person: readable, complete, and without any token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from auxcord.errors import NotLinkedError, VaultCorruptError
from auxcord.store.schema import (
    access_tokens,
    answered_questions,
    audit,
    audit_details,
    codes,
    data_keys,
    grants,
    page_sessions,
    records,
    refresh_tokens,
    seats,
    users,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row, Table

    from auxcord.accounts import Accounts
    from auxcord.store.engine import Store

_SECRET: Final = frozenset(
    {
        "lookup",
        "wrapped",
        "sealed",
        "token_hash",
        "code_hash",
        "session_hash",
        "question_hash",
        "code_challenge",
    }
    | {"successor", "successor_hash", "salt", "commitment", "previous", "hash"}
)
"""Columns that hold keys, hashes and sealed contents: of no use to a person, and best not copied."""

_OF_PERSON: Final = (users, data_keys, records, seats, page_sessions, answered_questions, grants)
_OF_GRANTS: Final = (codes, access_tokens, refresh_tokens)
_TIMES: Final = ("_at", "until", "since")


class Disclosure:
    """Gathers what is kept about a person.

    Args:
        store: Where it is.
        accounts: Opens the person's link to Spotify.
    """

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts

    async def of(self, user_id: str) -> dict[str, Any]:
        """Return all of it, by table; of sealed records what is in them, except for tokens."""
        told: dict[str, Any] = {}
        for table in _OF_PERSON:
            rows = await self._store.fetch(select(table).where(table.c.user_id == user_id))
            told[table.name] = [_shown(row, table) for row in rows]
        for table in _OF_GRANTS:
            mine = select(table).join(grants, grants.c.grant_id == table.c.grant_id)
            rows = await self._store.fetch(mine.where(grants.c.user_id == user_id))
            told[table.name] = [_shown(row, table) for row in rows]
        told["spotify_link"] = await self._link(user_id)
        told["audit"] = await self._lines(user_id)
        return told

    async def _link(self, user_id: str) -> dict[str, Any] | None:
        try:
            kept = await self._accounts.disclose(user_id)
        except NotLinkedError:
            return None
        except VaultCorruptError:
            return {"state": "unreadable"}
        return {name: _value(name, value) for name, value in kept.items()}

    async def _lines(self, user_id: str) -> list[Mapping[str, Any]]:
        rows = await self._store.fetch(
            select(audit.c.seq, audit.c.at, audit.c.event, audit_details.c.content)
            .join(audit_details, audit_details.c.seq == audit.c.seq)
            .where(audit_details.c.user_id == user_id)
            .order_by(audit.c.seq)
        )
        return [
            {"line": row.seq, "at": _time(row.at), "event": row.event, "details": row.content} for row in rows
        ]


def _shown(row: Row[*tuple[Any, ...]], table: Table) -> dict[str, Any]:
    columns = [column.name for column in table.columns if column.name not in _SECRET]
    return {name: _value(name, getattr(row, name)) for name in columns}


def _value(name: str, value: Any) -> Any:
    return _time(value) if isinstance(value, float) and name.endswith(_TIMES) else value


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
