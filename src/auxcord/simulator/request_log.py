"""What was asked of the simulator; never who asked with which token."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 50_000
_SECRET_FIELDS = frozenset(
    {"code", "refresh_token", "access_token", "client_secret", "code_verifier", "state", "token"}
)


class Entry(NamedTuple):
    """One request.

    `status` 0 means the connection was cut, `fault` names the rule that was applied, `token` is the number of
    the access token that came with it (counted as they were issued), `seconds` the real time the answer took.
    """

    at: float
    method: str
    path: str
    query: str
    user: str | None
    client_id: str | None
    status: int
    grant_type: str | None = None
    fault: str | None = None
    token: int | None = None
    seconds: float = 0.0


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self.count = 0
        """How many there have been, those forgotten included."""

    def add(self, entry: Entry) -> None:
        """Write down a request."""
        self._entries.append(entry)
        self.count += 1

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, count: int) -> list[Entry]:
        """Return those that came after the first `count`, as far as they are kept."""
        kept = len(self._entries)
        return list(islice(self._entries, max(0, kept - max(0, self.count - count)), kept))


def without_secrets(query: str) -> str:
    """Blank the values of parameters that carry secrets; an ordinary query is returned as it came."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(name in _SECRET_FIELDS for name, _ in pairs):
        return query
    return urlencode([(name, "" if name in _SECRET_FIELDS else value) for name, value in pairs])
