"""After Spotify's sign-in service failed, let it be for a moment instead of asking again at every call."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.errors import SpotifyError

_FIRST: Final = 1.0
_LONGEST: Final = 60.0
_LONGEST_ASKED: Final = 3600.0
_LARGEST: Final = 10_000


class _Pause(NamedTuple):
    since: float
    seconds: float
    failures: int
    error: SpotifyError

    def left(self, now: float) -> float:
        """Seconds still to wait; none when the clock has been set back."""
        return self.since + self.seconds - now if now >= self.since else 0.0


class Pauses:
    """Who must wait until when: one person after a failure, everybody of an app after a rate limit."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pauses: dict[str, _Pause] = {}

    def check(self, user_id: str, app: str) -> None:
        """Let the person pass, whose app has this client id.

        Raises:
            SpotifyError: It is too early; the last failure again, with the time left.
        """
        for key in (_everybody(app), user_id):
            pause = self._pauses.get(key)
            left = pause.left(self._clock()) if pause else 0.0
            if pause is not None and left > 0:
                error = pause.error
                raise type(error)(str(error), advice=error.advice, retry_after=left)

    def begin(self, user_id: str, app: str, error: SpotifyError) -> None:
        """Note a failure: wait as long as Spotify asks, or twice as long as the last time, jittered."""
        key = _everybody(app) if isinstance(error, RateLimitedError) else user_id
        last = self._pauses.get(key)
        failures = last.failures + 1 if last else 0
        grown = min(_LONGEST, _FIRST * 2 ** min(failures, 10)) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        seconds = grown if error.retry_after is None else min(error.retry_after, _LONGEST_ASKED)
        self._make_room()
        self._pauses[key] = _Pause(self._clock(), seconds, failures, error)

    def end(self, user_id: str, app: str) -> None:
        """Note a success."""
        self._pauses.pop(user_id, None)
        self._pauses.pop(_everybody(app), None)

    def _make_room(self) -> None:
        if len(self._pauses) >= _LARGEST:
            now = self._clock()
            self._pauses = {key: pause for key, pause in self._pauses.items() if pause.left(now) > 0}
        if len(self._pauses) >= _LARGEST:
            self._pauses.pop(next(iter(self._pauses)))


def _everybody(app: str) -> str:
    return f"everybody of {app}"
