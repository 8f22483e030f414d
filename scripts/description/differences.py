"""What can differ between an exchange and Spotify's description."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """How something differs."""

    UNKNOWN_OPERATION = "no such operation"
    UNKNOWN_PARAMETER = "unknown parameter"
    MISSING_PARAMETER = "missing parameter"
    PARAMETER = "wrong parameter"
    UNEXPECTED_BODY = "a body where none is described"
    MISSING_BODY = "no body where one is described"
    CONTENT_TYPE = "wrong content type"
    NOT_JSON = "not JSON"
    STATUS = "status not described"
    UNKNOWN_FIELD = "unknown field"
    MISSING_FIELD = "missing field"
    NULL = "null"
    VALUE = "wrong value"
    OUTCOME = "other outcome than expected"


class Difference(NamedTuple):
    """One difference.

    Args:
        side: "request" or "answer".
        kind: How it differs.
        place: Where: `PlaylistObject.images` for a field, `query.limit` for a parameter, a status, or a case.
        detail: What was found, in words.
    """

    side: str
    kind: Kind
    place: str
    detail: str = ""


class Finding(NamedTuple):
    """A difference and where it was seen; `source` is a client method, or a case of the operation driver."""

    operation: str
    profile: str
    source: str
    difference: Difference

    def __str__(self) -> str:
        side, kind, place, detail = self.difference
        more = f" ({detail})" if detail else ""
        return f"{self.operation} [{self.profile}] {self.source}: {side}: {kind}: {place}{more}"
