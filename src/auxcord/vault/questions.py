"""Questions put to a person: an answer counts for the very question, within ten minutes, and once.

A question is a sealed text that a client carries to the person and back. It opens only for the person it was
put to and for what it was about, so nobody can forge one, and its hash is noted when it is answered, in the
store that all replicas share.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from auxcord.errors import VaultCorruptError
from auxcord.store.schema import answered_questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.vault.vault import Vault

QUESTION_SECONDS: Final = 600
_SKEW_SECONDS: Final = 60
"""So much may the clock of the replica that asked be ahead of ours."""
_TIME: Final = struct.Struct(">d")


class Questions:
    """Makes questions and takes their answers.

    Args:
        vault: Seals and opens.
        store: Where it is noted which were answered.
        clock: Unix seconds.
    """

    def __init__(self, vault: Vault, store: Store, *, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock

    def ask(self, user_id: str, about: str) -> str:
        """Make a question: `about` says everything the person is to decide on."""
        sealed = self._vault.seal(_purpose(user_id, about), _TIME.pack(self._clock()))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    async def take(self, user_id: str, about: str, question: str) -> bool:
        """Use up a question that is being answered.

        Returns:
            False if it is not a question about this to this person, has expired, or was answered before.

        Raises:
            StoreUnavailableError: Nobody can tell whether it was answered before.
        """
        sealed = self._opened(user_id, about, question)
        if sealed is None:
            return False
        now = self._clock()
        row = {
            "question_hash": hashlib.sha256(sealed).digest(),
            "user_id": user_id,
            "expires_at": now + QUESTION_SECONDS + _SKEW_SECONDS,
        }
        try:
            await self._store.transact(lambda connection: _note(connection, row, now))
        except IntegrityError:  # it was answered, or the person was erased meanwhile
            return False
        return True

    def _opened(self, user_id: str, about: str, question: str) -> bytes | None:
        """Return what was sealed, if it is this question and still open."""
        try:
            sealed = base64.b64decode(question + "=" * (-len(question) % 4), b"-_", validate=True)
            (asked,) = _TIME.unpack(self._vault.open_(_purpose(user_id, about), sealed))
        except (binascii.Error, ValueError, VaultCorruptError):
            return None
        return sealed if -_SKEW_SECONDS <= self._clock() - asked < QUESTION_SECONDS else None


def _note(connection: Connection, row: dict[str, object], now: float) -> None:
    connection.execute(delete(answered_questions).where(answered_questions.c.expires_at <= now))
    connection.execute(insert(answered_questions).values(row))


def _purpose(user_id: str, about: str) -> str:
    return f"question\n{user_id}\n{about}"
