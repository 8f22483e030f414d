"""Asking the person behind a call, in both protocol revisions.

A client of 2026-07-28 gets the question as the result of the call, and calls again with the answer and the
question's sealed state; a client of 2025-11-25 is asked while the call goes on. A client that cannot ask gets
a word to pass on instead. A tool asks before it takes something away:

    if (instead := await unless_confirmed(caller, "erase 40 tracks.", word=confirm)) is not None:
        return instead
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
from fastmcp.server.dependencies import get_context
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from auxcord.errors import InputError
from auxcord.views import lines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from fastmcp import Context

    from auxcord.caller import Caller

Answer: TypeAlias = str | InputRequiredResult
"""What a tool answers: its text, or a question to the person."""

WORD: Final = "confirm"
"""The argument that confirms; it is no part of what is confirmed."""
ANSWER_SECONDS: Final = 600.0
_KEY: Final = "person"
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {WORD: {"type": "boolean", "title": "Yes, do it"}},
    "required": [WORD],
}
_CALL: ContextVar[tuple[str, Mapping[str, Any]]] = ContextVar("auxcord_call")


class Reaction(StrEnum):
    """What came of asking somebody."""

    AGREED = "agreed"
    REFUSED = "refused"
    SILENT = "silent"
    UNABLE = "unable"
    """The client cannot ask."""


@contextmanager
def in_call(tool: str, arguments: Mapping[str, Any]) -> Iterator[None]:
    """Let every question inside this block be about this very call."""
    token = _CALL.set((tool, arguments))
    try:
        yield
    finally:
        _CALL.reset(token)


async def unless_confirmed(caller: Caller, would: str, *, word: str, elsewhere: str = "") -> Answer | None:
    """Return None if the person has agreed to what this call would do; else what to answer instead of it.

    An agreement counts for this person, tool, arguments and `would`, for ten minutes, and once.

    Args:
        caller: The person.
        would: What would happen: how the sentence "This would" goes on, to its full stop.
        word: What the call was given as `confirm`.
        elsewhere: For a client that may not vouch for the person, not even by an answer it says it got from
            them, for it may have made that up: what the person can do instead.

    Raises:
        InputError: The call answers a question that is not open.
    """
    if elsewhere:
        return lines(_untouched(would), f"This client may not vouch for the person. {elsewhere}")
    context, about = get_context(), _matter(would)
    reaction = await _confirmation(context, caller, would, about)
    if reaction is Reaction.UNABLE:
        return await _by_word(caller, would, about, word=word)
    if isinstance(reaction, InputRequiredResult):
        return reaction
    return None if reaction is Reaction.AGREED else _not_done(reaction)


async def offer_link(message: str, url: str, *, state: str) -> InputRequiredResult | Reaction:
    """Have the client offer the person a link; tells how they reacted, or what to answer so that it does.

    That they agreed to open it does not mean that they finished what it leads to: look for yourself.

    Args:
        message: Why, one sentence.
        url: Where it leads.
        state: What `reaction_to_link` is to tell when the call comes again.
    """
    context = get_context()
    if "url" not in _ways(context):
        return Reaction.UNABLE
    if _is_modern(context):
        params = ElicitRequestURLParams(mode="url", message=message, url=url)
        return _ask(ElicitRequest(method="elicitation/create", params=params), state)
    name, call = secrets.token_urlsafe(16), context.request_id
    return await _now(
        lambda: context.session.elicit_url(message, url, name, related_request_id=call), form=False
    )


def reaction_to_link() -> tuple[Reaction, str] | None:
    """Tell how the person reacted to a link that was offered before, and its state; None on a first call."""
    context = get_context()
    if context.request_state is None:
        return None
    return _reaction(_brought(context), form=False), context.request_state


# --- May it be done? ----------------------------------------------------------------------------------------


def _matter(would: str) -> str:
    """Write down everything the person is to decide on."""
    tool, arguments = _CALL.get()
    asked = {name: value for name, value in arguments.items() if name != WORD}
    return f"{tool}\n{json.dumps(asked, sort_keys=True, default=repr)}\n{would}"


async def _confirmation(
    context: Context, caller: Caller, would: str, about: str
) -> InputRequiredResult | Reaction:
    message = f"This would {would} Shall it be done?"
    if context.request_state is not None:
        return await _answer_to_ours(context, caller, about)
    if "form" not in _ways(context):
        return Reaction.UNABLE
    if _is_modern(context):
        params = ElicitRequestFormParams(mode="form", message=message, requested_schema=_SCHEMA)
        request = ElicitRequest(method="elicitation/create", params=params)
        return _ask(request, caller.questions.ask(caller.user_id, about))
    call = context.request_id
    return await _now(
        lambda: context.session.elicit_form(message, _SCHEMA, related_request_id=call), form=True
    )


async def _answer_to_ours(context: Context, caller: Caller, about: str) -> Reaction:
    """Take the answer to our question, which has to be open still."""
    if not await caller.questions.take(caller.user_id, about, context.request_state or ""):
        raise InputError(
            "This answers no question that is open: it has expired, was answered, or was another one.",
            advice="Call again without answers; the person is asked anew.",
        )
    return _reaction(_brought(context), form=True)


def _untouched(would: str) -> str:
    return f"Nothing was done. This would {would}"


async def _by_word(caller: Caller, would: str, about: str, *, word: str) -> str | None:
    """Take a word for an agreement, or say how one is given."""
    worded = f"by word\n{about}"
    if word and await caller.questions.take(caller.user_id, worded, word.strip()):
        return None
    return lines(
        _untouched(would),
        "Ask the person. If they want it, call again within ten minutes with the same arguments and "
        f"{WORD}={caller.questions.ask(caller.user_id, worded)}",
    )


def _not_done(reaction: Reaction) -> str:
    if reaction is Reaction.REFUSED:
        return "Nothing was done: the person said no. Do not try again unless they ask for it."
    return "Nothing was done: the person gave no answer. Ask them before calling again."


# --- What the client can do, and what it brought back -------------------------------------------------------


def _is_modern(context: Context) -> bool:
    assert context.request_context is not None
    return context.request_context.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS


def _ways(context: Context) -> frozenset[str]:
    """Return the kinds of question this client can put to its person."""
    able = context.session.client_capabilities
    asking = None if able is None else able.elicitation
    if asking is None:
        return frozenset()
    has_form = asking.form is not None or asking.url is None  # an empty declaration means forms
    return frozenset((["form"] if has_form else []) + (["url"] if asking.url is not None else []))


def _ask(request: ElicitRequest, state: str) -> InputRequiredResult:
    return InputRequiredResult(input_requests={_KEY: request}, request_state=state)


def _brought(context: Context) -> object:
    return (context.input_responses or {}).get(_KEY)


async def _now(ask: Callable[[], Awaitable[ElicitResult]], *, form: bool) -> Reaction:
    """Ask while the call goes on, and wait ten minutes for an answer."""
    try:
        with anyio.move_on_after(ANSWER_SECONDS):
            return _reaction(await ask(), form=form)
    except NoBackChannelError:
        return Reaction.UNABLE
    except MCPError:
        pass  # the client failed to ask, which is no answer
    return Reaction.SILENT


def _reaction(answer: object, *, form: bool) -> Reaction:
    """Read an answer; what is no clear yes is none."""
    if not isinstance(answer, ElicitResult) or answer.action == "cancel":
        return Reaction.SILENT
    agreed = answer.action == "accept" and (not form or (answer.content or {}).get(WORD) is True)
    return Reaction.AGREED if agreed else Reaction.REFUSED
