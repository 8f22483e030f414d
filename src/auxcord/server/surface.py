"""What beside tools a client is offered: resources, prompts, completions; each for the person who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastmcp.exceptions import NotFoundError
from fastmcp.server.middleware import Middleware
from mcp.server.lowlevel import NotificationOptions
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from auxcord.caller import Permission, calling
from auxcord.completions import Completions
from auxcord.errors import AuxcordError, InputError, NotPermittedError
from auxcord.resources import ResourceStoppedError, resources, templates
from auxcord.server.telling import sentence, unforeseen
from auxcord.tools import TOOLSETS
from auxcord.tools.selection import selected
from auxcord.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    import mcp_types as mt
    from fastmcp import FastMCP
    from fastmcp.prompts import Prompt, PromptResult
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


def offer(mcp: FastMCP, callers: Callers, offered: Iterable[Prompt]) -> None:
    """Add resources, prompts and completions to a server.

    Args:
        mcp: The server.
        callers: Finds the person behind a request.
        offered: The prompts.
    """
    for resource in resources():
        mcp.add_resource(resource)
    for template in templates():
        mcp.add_template(template)
    for prompt in offered:
        mcp.add_prompt(prompt)
    mcp.add_completion_handler(Completions(callers.of_call).complete)
    mcp._mcp_server.notification_options = NotificationOptions()  # noqa: SLF001  it would claim to tell of changes


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
            raise _told(error, about=str(context.message.uri)) from None


_WRONG_ADDRESS: Final = {"invalid_input", "not_found"}
"""Codes of errors that lie in what was asked for."""
_LONGEST_ADDRESS: Final = 200


def _told(error: Exception, *, about: str | None = None) -> Exception:
    """Say in one sentence what went wrong; a wrong address goes back beside it (SEP-2164)."""
    reason = error.reason if isinstance(error, ResourceStoppedError) else error
    if isinstance(reason, NotFoundError):
        reason = InputError("There is no such resource.", advice="List the resources and their templates.")
    if isinstance(reason, AuxcordError):
        code = INVALID_PARAMS if reason.code in _WRONG_ADDRESS else INTERNAL_ERROR
        data = {"uri": clean(about, _LONGEST_ADDRESS)} if about and code == INVALID_PARAMS else None
        return MCPError(code=code, message=sentence(reason), data=data)
    if isinstance(reason, MCPError):
        return reason
    return MCPError(code=INTERNAL_ERROR, message=unforeseen(reason, "resources/read"))


class PromptGuard(Middleware):
    """Refuses, in one sentence, a prompt that does not exist or lacks what it needs.

    Args:
        offered: The prompts there are.
    """

    def __init__(self, offered: Iterable[Prompt]) -> None:
        self._needed = {
            prompt.name: [argument.name for argument in prompt.arguments or () if argument.required]
            for prompt in offered
        }

    async def on_get_prompt(
        self,
        context: MiddlewareContext[mt.GetPromptRequestParams],
        call_next: CallNext[mt.GetPromptRequestParams, PromptResult],
    ) -> Any:
        """Look before FastMCP does, which would log what it was given and answer with a validator's words."""
        asked = context.message
        needed = self._needed.get(asked.name)
        if needed is None:
            raise _told(InputError("There is no such prompt.", advice="List the prompts."))
        missing = [name for name in needed if name not in (asked.arguments or {})]
        if missing:
            raise _told(InputError(f"The prompt {asked.name} needs {' and '.join(missing)}."))
        return await call_next(context)
