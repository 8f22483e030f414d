"""What the audit trail is told of tool calls: what was refused, and what is about to take something away.

Reading is not told: it would cost every call a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastmcp.server.dependencies import get_access_token, get_http_request

from auxcord.audit import Event
from auxcord.telemetry.requests import name_of, named_request

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from auxcord.audit import Trail
    from auxcord.tools.toolset import ToolSpec


class Witness:
    """Tells of tool calls.

    Args:
        trail: The audit trail; None where there is no store.
    """

    def __init__(self, trail: Trail | None) -> None:
        self._trail = trail

    async def refused(self, spec: ToolSpec, user_id: str | None) -> None:
        """Tell that a client lacked the permission for a tool; the same call at most once a minute."""
        if self._trail is not None:
            what = _acting(user_id) | {"tool": spec.name, "needs": spec.needs.value}
            await self._trail.record_sparingly(Event.PERMISSION_DENIED, **what, decision="refused")

    async def allowed(self, spec: ToolSpec, user_id: str | None) -> None:
        """Tell that a destructive tool is about to run; of others, nothing.

        Raises:
            StoreUnavailableError: It cannot be told, so the tool must not run.
        """
        if self._trail is not None and spec.destructive:
            what = _acting(user_id) | {"tool": spec.name}
            await self._trail.record(Event.DESTRUCTIVE_TOOL, **what, decision="allowed")


def in_request() -> AbstractContextManager[str]:
    """Let what follows belong to the HTTP request the message came with; over stdio, to one of its own.

    A session's messages are answered in one long task, so that the name of the request has to be looked up.
    """
    try:
        scope = get_http_request().scope
    except RuntimeError:
        return named_request()
    return named_request(name_of(scope))


def _acting(user_id: str | None) -> dict[str, Any]:
    token = get_access_token()
    if token is None:
        return {"user": user_id}
    return {"user": user_id or token.subject, "client": token.client_id}
