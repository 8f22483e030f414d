"""What an operation of the Web API declares about itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from starlette.responses import Response

from auxcord.simulator.webapi.call import Call

Group = Literal["open", "removed-2026", "closed-2024"]
Answer = Callable[[Call], Response]


class Operation(NamedTuple):
    """One method on one path.

    Args:
        method: The HTTP method.
        path: The path template under /v1.
        id: Spotify's operationId.
        answer: What computes the answer.
        scopes: Scopes every call needs; those that depend on the object are checked in `answer`.
        user: Whether an app's own token is refused.
        group: Which apps still have it: all ("open"), all but new development apps ("removed-2026"), or
        only extended
            ones ("closed-2024").
        catalogue: Whether the answer is the same for everybody and so carries an ETag.
    """

    method: str
    path: str
    id: str
    answer: Answer
    scopes: tuple[str, ...] = ()
    user: bool = False
    group: Group = "open"
    catalogue: bool = False
