"""Around every MCP message: who is calling, may they, and what they are told when it fails.

Everything raised below ends here. What a person or model can act on becomes the text of an error result; what
only a developer can act on becomes a log entry and a reference to it. Nothing else leaves: an exception that
escapes a middleware reaches older clients word for word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastmcp.exceptions import DisabledError, NotFoundError, ValidationError
from fastmcp.server.middleware import Middleware
from fastmcp.tools import ToolResult
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams
from pydantic import ValidationError as PydanticValidationError

from auxcord.caller import calling, connecting
from auxcord.errors import AuxcordError, InputError, NotPermittedError
from auxcord.server.telling import sentence, unforeseen
from auxcord.server.witness import Witness, in_request
from auxcord.tools import TOOLSETS
from auxcord.tools.complaints import complaint
from auxcord.tools.toolset import ToolStoppedError
from auxcord.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import mcp_types as mt
    from fastmcp.server.middleware import CallNext, MiddlewareContext
    from fastmcp.tools import Tool
    from fastmcp.tools.function_tool import FunctionTool

    from auxcord.audit import Trail
    from auxcord.caller import Caller, Permission
    from auxcord.server.callers import Callers
    from auxcord.server.quotas import Quotas
    from auxcord.tools.toolset import Toolset, ToolSpec

_MISSHAPEN: Final = "The parameters are not what the protocol has for this method. [invalid_input]"


class Guards(Middleware):
    """The one door to the tools: deny by default, answer every failure.

    It runs the tools itself. So nothing else that a server came to have can be called, and a call is spared
    FastMCP's search for its tool through providers, versions and transforms, of which there are none.

    Args:
        callers: Finds the person behind a call.
        toolsets: The tools there are; any other is refused and not listed.
        as_data: Whether they answer with data instead of text.
        trail: Told of refused and of destructive calls; None where there is no store.
        quotas: Counts requests; None lets people make any number.
    """

    def __init__(
        self,
        callers: Callers,
        toolsets: Iterable[Toolset] = TOOLSETS,
        *,
        as_data: bool = False,
        trail: Trail | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self._callers = callers
        self._quotas = quotas
        self._witness = Witness(trail)
        self._specs = {spec.name: spec for toolset in toolsets for spec in toolset}
        self._tools = {name: spec.bind(as_data=as_data) for name, spec in self._specs.items()}

    @property
    def tools(self) -> list[FunctionTool]:
        """The tools, for the server to list."""
        return list(self._tools.values())

    async def on_message(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:
        """Let nothing but protocol errors out, whatever the message was."""
        try:
            with in_request():
                is_call = isinstance(context.message, CallToolRequestParams)  # which answers by itself
                if self._quotas is not None and not is_call:
                    await self._quotas.count(context.method)
                return await call_next(context)
        except (MCPError, NotFoundError, DisabledError):
            raise
        except AuxcordError as error:
            raise MCPError(code=INTERNAL_ERROR, message=sentence(error)) from None
        except Exception as error:  # noqa: BLE001  this is the last place that can keep it from the client
            if isinstance(error, PydanticValidationError) and _is_raw(context):
                raise MCPError(code=INVALID_PARAMS, message=_MISSHAPEN) from None
            raise MCPError(
                code=INTERNAL_ERROR, message=unforeseen(error, context.method or "message")
            ) from None

    async def on_list_tools(
        self,
        context: MiddlewareContext[mt.ListToolsRequest],
        call_next: CallNext[mt.ListToolsRequest, Sequence[Tool]],
    ) -> Sequence[Tool]:
        """List declared tools only, in their fixed order, and of those what the person lets this client do.

        Where the person can allow more, get_account and connect_account say.
        """
        listed = {tool.name: tool for tool in await call_next(context)}
        permissions = await self._permissions()
        return [
            listed[name]
            for name, spec in self._specs.items()
            if name in listed and (permissions is None or spec.needs in permissions)
        ]

    async def _permissions(self) -> frozenset[Permission] | None:
        """What the person lets this client do; None if nobody can tell, as before the server is set up."""
        try:
            return (await self._callers.connection()).permissions
        except AuxcordError:
            return None

    async def on_call_tool(
        self,
        context: MiddlewareContext[mt.CallToolRequestParams],
        call_next: CallNext[mt.CallToolRequestParams, ToolResult],  # noqa: ARG002  see the class
    ) -> ToolResult:
        """Find the caller, check the permission, run the tool, and turn any failure into an error result."""
        caller: Caller | None = None
        spec: ToolSpec | None = None
        arguments = context.message.arguments or {}
        try:
            spec = self._declared(context.message.name)
            tool = self._tools[spec.name]
            if self._quotas is not None:
                await self._quotas.count(context.method)
            _refuse_unasked_answers(context)
            if not spec.linked:
                connection = await self._callers.connection()
                await self._permit(spec, connection.permissions)
                with connecting(connection):
                    return await tool.run(arguments)
            caller = await self._callers.of_call()
            await self._permit(spec, caller.permissions, caller.user_id)
            with calling(caller):
                return await tool.run(arguments)
        except Exception as error:  # noqa: BLE001  every failure of a tool is answered here
            return ToolResult(content=_told(error, spec, caller), is_error=True)

    async def _permit(
        self, spec: ToolSpec, permissions: frozenset[Permission], user_id: str | None = None
    ) -> None:
        if spec.needs in permissions:
            await self._witness.allowed(spec, user_id)
            return
        await self._witness.refused(spec, user_id)
        given = ", ".join(sorted(permissions)) or "nothing"
        raise NotPermittedError(
            f"{spec.name} needs the permission {spec.needs.value!r}; this client was given: {given}.",
        )

    def _declared(self, name: str) -> ToolSpec:
        if name not in self._specs:
            advice = "List the tools and call one of them."
            raise InputError(f"There is no tool called {clean(name, 40)!r}.", advice=advice)
        return self._specs[name]


def _is_raw(context: MiddlewareContext[Any]) -> bool:
    """Whether nothing of ours has seen the parameters yet, so that whatever is wrong about them was sent."""
    return context.method == "initialize" or isinstance(context.message, dict)


def _refuse_unasked_answers(context: MiddlewareContext[mt.CallToolRequestParams]) -> None:
    """An answer counts only with the sealed state of the question it answers."""
    session = context.fastmcp_context
    if session is not None and session.input_responses and session.request_state is None:
        raise InputError("This call answers a question that was never asked.", advice="Call without answers.")


def _told(error: Exception, spec: ToolSpec | None, caller: Caller | None) -> str:
    error = _reason(error)
    if isinstance(error, AuxcordError):
        return sentence(error, caller)
    if isinstance(error, ValidationError) and isinstance(error.__cause__, PydanticValidationError) and spec:
        return sentence(InputError(complaint(error.__cause__, spec)))
    return unforeseen(error, spec.name if spec else "tools/call")


def _reason(error: Exception) -> Exception:
    """Unwrap: what the tool itself raised, and the first of several that were raised side by side."""
    if isinstance(error, ToolStoppedError):
        return _reason(error.reason)
    if isinstance(error, ExceptionGroup):
        return _reason(
            next(
                (part for part in error.exceptions if not isinstance(part, AuxcordError)), error.exceptions[0]
            )
        )
    return error
