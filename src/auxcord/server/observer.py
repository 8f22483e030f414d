"""Around the guards: every tool call counted, timed and traced, by its tool and the code it ended with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastmcp.server.middleware import Middleware
from fastmcp.tools import ToolResult
from fastmcp.tools.base import InputRequiredToolResult
from mcp_types import CallToolRequestParams

from auxcord.telemetry import metrics, outcomes, traces
from auxcord.telemetry.instruments import OTHER, recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastmcp.server.middleware import CallNext, MiddlewareContext

ASKED: Final = "asked"
"""The outcome of a call that asks the person first, and is made again with the answer."""


class Observer(Middleware):
    """Watches calls, and changes nothing about them.

    Args:
        tools: Names of the tools there are. A call of any other is counted as `other`: a client may send any
            name, and as many as it likes.
    """

    def __init__(self, tools: Iterable[str]) -> None:
        self._tools = frozenset(tools)

    async def __call__(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:
        """Pass a message on, and watch it if it calls a tool."""
        # A message that only looks like a call, with other parameters or as a notification, is none.
        is_call = isinstance(context.message, CallToolRequestParams)
        if not is_call or not (recording.on or traces.is_on()):
            return await call_next(context)
        tool = context.message.name if context.message.name in self._tools else OTHER
        began, outcome = recording.now(), "cancelled"
        metrics.CALLS_RUNNING.add()
        with (
            outcomes.noted() as codes,
            traces.span(f"tools/call {tool}", {"mcp.tool": tool}, incoming=True) as span,
        ):
            try:
                result = await call_next(context)
                outcome = _outcome(result, codes)
            except Exception:
                outcome = codes[-1] if codes else "protocol_error"
                raise
            finally:
                metrics.CALLS_RUNNING.add(by=-1.0)
                metrics.CALLS_SECONDS.since(began, tool)
                metrics.CALLS_ANSWERED.add(tool, outcome)
                traces.tell(span, {"auxcord.outcome": outcome}, failed=outcome not in {outcomes.OK, ASKED})
        return result


def _outcome(result: object, codes: Sequence[str]) -> str:
    if isinstance(result, InputRequiredToolResult):
        return ASKED
    if isinstance(result, ToolResult) and result.is_error:
        return codes[-1] if codes else "internal_error"
    return outcomes.OK
