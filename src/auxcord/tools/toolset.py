"""What a tool declares, and how the declaration becomes one of FastMCP's tools.

A tool is `async def name(caller: Caller, …) -> str`: its docstring is what the model reads, its annotated
parameters are the arguments, and the returned text is the whole answer (one copy, no output schema).
Instead of a text it may return a question to the person; see `asking`. One that works for people who have no
account linked yet takes `connection: Connection` in place of the caller.
"""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_context
from fastmcp.tools import ToolResult
from fastmcp.tools.function_tool import FunctionTool
from mcp_types import InputRequiredResult, ToolAnnotations

from auxcord.caller import current_caller, current_connection
from auxcord.spotify.scopes import SpotifyScope
from auxcord.tools.asking import in_call
from auxcord.tools.attribution import attributed
from auxcord.tools.structured import SCHEMA, structured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from auxcord.caller import Caller, Connection, Permission
    from auxcord.tools.asking import Answer

DESCRIPTION_LIMIT: Final = 300
"""Characters a description may have: every model reads every description, every time."""


_UNTOLD: Final = frozenset(
    {"title", "additionalProperties", "minLength", "maxLength", "minItems", "maxItems", "minimum", "ge"}
)
"""Schema words that cost every model tokens and hardly ever help one; the limits hold all the same."""


_LINKS: Final = inspect.Parameter("links", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool)
"""Asks for the address of each thing at open.spotify.com; the server's instructions say so once for all."""


class ToolStoppedError(ToolError):
    """Carries what a tool raised past FastMCP's own reporting, so that one place answers and logs it.

    It names no cause on purpose: a chained traceback would print the original message into logs and spans.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__("The tool stopped.", log_level=logging.DEBUG)
        self.reason = reason


class _Tool(FunctionTool):
    """FastMCP's function tool, for arguments as models write them."""

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Run with `arguments`; a null means the argument was not given."""
        return await super().run({name: value for name, value in arguments.items() if value is not None})


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool: what it is called, what it needs, and what it does.

    Args:
        name: What the model calls, `verb_noun`.
        title: What a person sees in a client.
        description: When to use it and what it gives; at most 300 characters.
        function: The tool itself; its first parameter is the caller, or the connection if it is not `linked`.
        needs: The permission the person must have given this client.
        scopes: The Spotify scopes its requests need.
        read_only: It changes nothing.
        destructive: It can take something away that the person had.
        idempotent: Doing it twice is the same as once.
        premium: Spotify refuses it without Premium.
        linked: It needs a linked Spotify account.
        shows: Its answer is shown to people as it is, so that they may ask for links back to Spotify.
    """

    name: str
    title: str
    description: str
    function: Callable[..., Awaitable[Answer]] = field(repr=False)
    needs: Permission
    scopes: frozenset[SpotifyScope]
    read_only: bool
    destructive: bool
    idempotent: bool
    premium: bool
    linked: bool = True
    shows: bool = False

    def bind(self, *, as_data: bool = False) -> FunctionTool:
        """Make it callable over MCP, for whoever is calling; `as_data` answers with data, not text."""

        async def call(**arguments: Any) -> ToolResult | InputRequiredResult:
            links = arguments.pop(_LINKS.name, False)
            try:
                with in_call(self.name, arguments):
                    answer = await self.function(self._current(), **arguments)
            except Exception as error:  # noqa: BLE001  nothing a tool raises may reach FastMCP's own reporting
                raise ToolStoppedError(error) from None
            if not isinstance(answer, str):
                return answer
            if as_data:
                return ToolResult(content=[], structured_content=structured(answer))
            return ToolResult(content=attributed(answer) if links else answer)

        shown = _without_first(self.function, "caller" if self.linked else "connection")
        if self.shows:
            shown = shown.replace(parameters=[*shown.parameters.values(), _LINKS])
        call.__name__ = self.name
        call.__annotations__ = {name: shown.parameters[name].annotation for name in shown.parameters}
        call.__annotations__["return"] = ToolResult
        call.__signature__ = shown  # type: ignore[attr-defined]  # functions take it, their type does not say so
        tool = _Tool.from_function(
            call,
            name=self.name,
            title=self.title,
            description=self.description,
            annotations=self._annotations(),
            output_schema=SCHEMA if as_data else None,
        )
        tool.parameters = _trimmed(tool.parameters)
        return tool

    def _current(self) -> Caller | Connection:
        return replace(current_caller(), progress=_Progress().told) if self.linked else current_connection()

    def _annotations(self) -> ToolAnnotations:
        return ToolAnnotations(
            title=self.title,
            read_only_hint=self.read_only,
            destructive_hint=self.destructive,
            idempotent_hint=self.idempotent,
            open_world_hint=True,
        )


@dataclass(frozen=True, slots=True)
class Toolset:
    """The tools of one domain, which an operator can switch on or off together."""

    name: str
    tools: tuple[ToolSpec, ...]

    def __iter__(self) -> Iterator[ToolSpec]:
        return iter(self.tools)


def tool(  # noqa: PLR0913  a declaration names them
    *,
    title: str,
    needs: Permission,
    scopes: Iterable[str] = (),
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    premium: bool = False,
    linked: bool = True,
    shows: bool = False,
) -> Callable[[Callable[..., Awaitable[Answer]]], ToolSpec]:
    """Declare an async function to be a tool; see `ToolSpec` for the arguments.

    Raises:
        ValueError: The docstring is missing or longer than a description may be.
    """

    def declare(function: Callable[..., Awaitable[Answer]]) -> ToolSpec:
        description = " ".join((function.__doc__ or "").split())
        if not 0 < len(description) <= DESCRIPTION_LIMIT:
            message = f"{function.__name__}: a description has 1 to {DESCRIPTION_LIMIT} characters."
            raise ValueError(message)
        return ToolSpec(
            name=function.__name__,
            title=title,
            description=description,
            function=function,
            needs=needs,
            scopes=frozenset(SpotifyScope(scope) for scope in scopes),
            read_only=read_only,
            destructive=destructive,
            idempotent=read_only or idempotent,
            premium=premium,
            linked=linked,
            shows=shows,
        )

    return declare


class _Progress:
    """Tells a client that asked for it how far a job is; through all its parts the numbers only rise.

    A part counts from 1 again; what was done before it is added, as the protocol allows no way back.
    """

    def __init__(self) -> None:
        self._before = 0
        self._done = 0

    async def told(self, done: int, of: int) -> None:
        """Tell that this part is so far."""
        if done <= self._done:
            self._before += self._done
        self._done = done
        await get_context().report_progress(self._before + done, self._before + of)


def _without_first(function: Callable[..., Awaitable[Answer]], name: str) -> inspect.Signature:
    signature = inspect.signature(function, eval_str=True)
    first, *shown = signature.parameters.values()
    assert first.name == name
    return signature.replace(
        parameters=[parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in shown],
        return_annotation=ToolResult,
    )


def _trimmed(schema: Any) -> Any:
    """Drop what costs a model tokens and tells it nothing: titles, empty defaults, null alternatives."""
    if isinstance(schema, list):
        return [_trimmed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _trimmed(value)
        for key, value in schema.items()
        if key not in _UNTOLD and not (key == "default" and not value)
    }
    if "properties" in schema:  # its keys are arguments, whatever they are called
        kept["properties"] = {name: _trimmed(part) for name, part in schema["properties"].items()}
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        kept = {**choices[0], **kept}
    return kept
