"""Every person's own random key: made once, wrapped by the ring, unwrapped for at most five minutes."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.errors import VaultCorruptError

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.vault.keyring import KeyRing, Wrapped

KEY_BYTES: Final = 32
LARGEST: Final = 10_000
SECONDS: Final = 300.0


class _Unwrapped(NamedTuple):
    wrapped: Wrapped
    key: bytes
    since: float

    def __repr__(self) -> str:
        return f"_Unwrapped(key=<hidden>, since={self.since})"


class DataKeys:
    """Wraps and unwraps people's data keys and remembers the unwrapped ones for a short while.

    A remembered key serves only the very wrapped key it came from, so a swapped or rotated one is always
    noticed. Readers ask on their own thread and writers on theirs.
    """

    def __init__(self, ring: KeyRing, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._clock = clock
        self._unwrapped: OrderedDict[str, _Unwrapped] = OrderedDict()
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._unwrapped)

    def new(self, user_id: str) -> Wrapped:
        """Make a person's data key and return it wrapped."""
        return self._ring.wrap(secrets.token_bytes(KEY_BYTES), purpose=purpose_of(user_id))

    def unwrap(self, user_id: str, wrapped: Wrapped) -> bytes:
        """Return a person's data key.

        Raises:
            KeyRingError: The ring does not hold the key that wrapped it.
            VaultCorruptError: It was altered, or is another person's.
        """
        known = self._unwrapped.get(user_id)
        if known is not None and known.wrapped == wrapped and 0 <= self._clock() - known.since < SECONDS:
            return known.key
        key = self._ring.unwrap(wrapped, purpose=purpose_of(user_id))
        if len(key) != KEY_BYTES:
            raise VaultCorruptError("A data key has the wrong length.")
        self._remember(user_id, _Unwrapped(wrapped, key, self._clock()))
        return key

    def drop(self, user_id: str) -> None:
        """Forget a person's key."""
        with self._changing:
            self._unwrapped.pop(user_id, None)

    def _remember(self, user_id: str, unwrapped: _Unwrapped) -> None:
        with self._changing:
            self._unwrapped[user_id] = unwrapped
            self._unwrapped.move_to_end(user_id)
            while len(self._unwrapped) > LARGEST or self._is_stale(next(iter(self._unwrapped.values()))):
                self._unwrapped.popitem(last=False)

    def _is_stale(self, unwrapped: _Unwrapped) -> bool:
        return not 0 <= self._clock() - unwrapped.since < SECONDS


def purpose_of(user_id: str) -> str:
    """Tell what a person's data key is wrapped for."""
    return f"data key of {user_id}"
