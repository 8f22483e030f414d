"""How many MCP requests one person, and one client program, may make; counted in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from fastmcp.server.dependencies import get_access_token

from auxcord.audit import Event
from auxcord.errors import TooManyRequestsError

if TYPE_CHECKING:
    from auxcord.audit import Trail

_FREE: Final = frozenset({"initialize", "ping", "server/discover"})
"""What a client sends to find its feet, or to see that we are there."""


class Bucket(Protocol):
    """What counts; see `authorization.limits.Limit`."""

    def seconds_to_wait(self, key: str) -> float:
        """Use one up; returns 0, or the seconds until there is another."""
        ...


class Quotas:
    """Counts MCP requests of signed-in people.

    Args:
        person: How many one person may make with all their clients.
        client: How many one client program may make for everybody.
        trail: Told of a limit that was hit.
    """

    def __init__(self, *, person: Bucket, client: Bucket, trail: Trail) -> None:
        self._person = person
        self._client = client
        self._trail = trail

    async def count(self, method: str | None) -> None:
        """Count a request of whoever is signed in.

        Raises:
            TooManyRequestsError: It is one too many.
        """
        token = get_access_token()
        if token is None or method is None or method in _FREE or method.startswith("notifications/"):
            return
        if wait := self._person.seconds_to_wait(token.subject or ""):
            await self._refuse("requests of one person", token.subject, token.client_id)
            raise TooManyRequestsError("You make more requests than this server allows.", retry_after=wait)
        if wait := self._client.seconds_to_wait(token.client_id):
            await self._refuse("requests of one client", token.subject, token.client_id)
            message = "This client makes more requests than this server allows."
            raise TooManyRequestsError(message, retry_after=wait)

    async def _refuse(self, limit: str, user_id: str | None, client_id: str) -> None:
        await self._trail.record_sparingly(Event.LIMIT_HIT, user=user_id, client=client_id, limit=limit)
