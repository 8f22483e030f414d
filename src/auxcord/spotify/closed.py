"""Asking for what Spotify closed to most apps: once, and not again while the answer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from auxcord.errors import EndpointClosedError, NotFoundError
from auxcord.spotify.modes import CLOSED_IN_2024

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.spotify.modes import Access

T = TypeVar("T")


async def unless_closed(
    access: Access,
    operation: str,
    read: Callable[[], Awaitable[T]],
    *,
    witness: Callable[[], Awaitable[object]] | None = None,
) -> T:
    """Read something, or say that Spotify closed it to this app.

    Args:
        access: What is known about the app.
        operation: Spotify's name for what is read.
        read: Reads it.
        witness: Reads something that is there for certain unless it is closed too. Needed where the thing
            may simply not exist: what was closed in 2024 answers like what does not exist.

    Raises:
        EndpointClosedError: It is closed; Spotify was asked, or is known to refuse.
    """
    if not access.may(operation):
        raise closed_here()
    try:
        found = await read()
    except EndpointClosedError:
        await access.found(operation, open_=False)
        raise closed_here() from None
    except NotFoundError:
        if operation not in CLOSED_IN_2024 or (witness is not None and await _is_open(witness)):
            raise
        await access.found(operation, open_=False)
        raise closed_here() from None
    await access.found(operation, open_=True)
    return found


async def _is_open(witness: Callable[[], Awaitable[object]]) -> bool:
    try:
        await witness()
    except EndpointClosedError:
        return False
    return True


def closed_here() -> EndpointClosedError:
    """The error that says so."""
    return EndpointClosedError(
        "Spotify closed this to apps like this one.",
        advice="It stays closed for this app, whatever is asked for; find it another way.",
    )
