"""What beside tools a client is offered: resources, prompts, completions; each for the person who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastmcp.exceptions import NotFoundError
from fastmcp.server.middleware import Middleware
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from auxcord.caller import Permission, calling
from auxcord.completions import Completions
from auxcord.errors import AuxcordError, InputError, NotPermittedError
from auxcord.prompts import prompts
from auxcord.resources import resources, templates
from auxcord.server.telling import sentence, unforeseen
from auxcord.tools import TOOLSETS
from auxcord.tools.selection import selected

if TYPE_CHECKING:
    import mcp_types as mt
    from fastmcp import FastMCP
    from fastmcp.resources.base import ResourceResult
    from fastmcp.server.middleware import CallNext, MiddlewareContext

    from auxcord.server.callers import Callers
    from auxcord.server.settings import Settings
    from auxcord.tools.toolset import Toolset


class Offering(NamedTuple):
    """What a server offers to models.

    Attributes:
        toolsets: The tools.
        as_data: Whether they answer with data instead of text.
    """

    toolsets: tuple[Toolset, ...]
    as_data: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Offering:
        """Return what the operator wants offered."""
        chosen = selected(settings.toolsets, read_only=settings.read_only)
        return cls(chosen, as_data=settings.results == "structured")


EVERYTHING: Final = Offering(TOOLSETS)


def offer(mcp: FastMCP, callers: Callers) -> None:
    """Add resources, prompts and completions to a server.

    Args:
        mcp: The server.
        callers: Finds the person behind a request.
    """
    for resource in resources():
        mcp.add_resource(resource)
    for template in templates():
        mcp.add_template(template)
    for prompt in prompts():
        mcp.add_prompt(prompt)
    mcp.add_completion_handler(Completions(callers.of_call).complete)


class ResourceGuard(Middleware):
    """Finds the person behind the reading of a resource, and says in one sentence why it fails.

    Args:
        callers: Finds the person behind a request.
    """

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def on_read_resource(
        self,
        context: MiddlewareContext[mt.ReadResourceRequestParams],
        call_next: CallNext[mt.ReadResourceRequestParams, ResourceResult],
    ) -> Any:
        """Read as the caller, if the client may read: one that narrowed its token when refreshing may not."""
        try:
            caller = await self._callers.of_call()
            if Permission.READ not in caller.permissions:
                raise NotPermittedError("Reading this needs the permission 'read'.")  # noqa: TRY301
            with calling(caller):
                return await call_next(context)
        except Exception as error:  # noqa: BLE001  every failure is answered here
            raise _told(error) from None


def _told(error: Exception) -> Exception:
    """Say what went wrong; FastMCP wraps what a resource raised, so its cause is looked for."""
    reason: BaseException | None = error
    while reason is not None and not isinstance(reason, AuxcordError):
        reason = reason.__cause__ or reason.__context__
    if isinstance(reason, AuxcordError):
        code = INVALID_PARAMS if isinstance(reason, InputError) else INTERNAL_ERROR
        return MCPError(code=code, message=sentence(reason))
    if isinstance(error, (MCPError, NotFoundError)):
        return error
    return MCPError(code=INTERNAL_ERROR, message=unforeseen(error, "resources/read"))
