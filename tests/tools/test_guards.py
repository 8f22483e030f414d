"""One door to every tool: who may not pass is told why, and nothing unforeseen gets out."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Literal

import mcp_types
import pytest
from fastmcp import Client, FastMCP
from mcp.shared.exceptions import MCPError
from pydantic import Field

from auxcord.caller import Caller, Cursors, Permission, current_caller
from auxcord.errors import (
    AuxcordError,
    InputError,
    NotSignedInError,
    RateLimitedError,
    ReauthorizationRequiredError,
    SettingsError,
)
from auxcord.server.guards import Guards
from auxcord.tools.inputs import AsList, AsWord
from auxcord.tools.toolset import Toolset, ToolSpec, tool

pytestmark = pytest.mark.anyio

SECRET = "a-thing-nobody-may-see"
Door = Callable[..., AbstractAsyncContextManager[Client]]


class OnePerson:
    """Finds always the same person, or fails always the same way."""

    def __init__(self, caller: Caller | Exception) -> None:
        self.caller = caller

    async def of_call(self) -> Caller:
        if isinstance(self.caller, Exception):
            raise self.caller
        return self.caller

    async def connection(self) -> Caller:
        return await self.of_call()  # of a connection, the guards want to know the permissions only


def person(*permissions: Permission, sign_in_url: str | None = "https://auxcord.example/") -> Caller:
    nothing = None
    return Caller(
        user_id="u1",
        permissions=frozenset(permissions),
        spotify=nothing,
        accounts=nothing,
        cursors=Cursors(nothing, "u1"),
        sign_in_url=sign_in_url,
        questions=nothing,
    )


def failing(error: Exception) -> ToolSpec:
    async def fail(caller: Caller) -> str:
        """Fails."""
        raise error

    return tool(title="Fail", needs=Permission.READ)(fail)


@tool(title="Echo", needs=Permission.READ, read_only=True)
async def echo(
    caller: Caller,
    words: Annotated[list[str], AsList, Field(min_length=1, max_length=3)],
    size: Annotated[Literal["small", "large"], AsWord] = "small",
    times: Annotated[int, Field(ge=1, le=9)] = 1,
    loud: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """Repeats."""
    return f"{caller.user_id} {words} {size} {times} {loud}"


@tool(title="Change", needs=Permission.EDIT)
async def change(caller: Caller) -> str:
    """Changes."""
    return "changed"


@asynccontextmanager
async def door(
    *specs: ToolSpec,
    caller: Caller | Exception | None = None,
    mode: str = "auto",
    extra: bool = False,
) -> AsyncIterator[Client]:
    guards = Guards(OnePerson(caller or person(Permission.READ)), [Toolset("tested", specs)])
    server = FastMCP("tested", middleware=[guards], tools=guards.tools, mask_error_details=True)
    if extra:

        @server.tool
        def backdoor() -> str:
            return SECRET

        @server.resource("thing://broken")
        def broken() -> str:
            raise ValueError(SECRET)

    async with Client(server, mode=mode) as client:
        yield client


async def told(client: Client, name: str, **arguments: object) -> str:
    result = await client.call_tool(name, arguments, raise_on_error=False)
    assert result.is_error
    assert result.structured_content is None
    (block,) = result.content
    return block.text


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


async def test_a_tool_answers_with_one_text_and_nothing_else(mode: str) -> None:
    async with door(echo, mode=mode) as client:
        result = await client.call_tool("echo", {"words": ["a", "b"], "times": 2})
        assert [block.text for block in result.content] == ["u1 ['a', 'b'] small 2 False"]
        assert result.structured_content is None
        (listed,) = await client.list_tools()
        assert listed.output_schema is None


async def test_arguments_are_taken_as_models_write_them() -> None:
    async with door(echo) as client:
        for words in ("a, b", '["a", "b"]', ["a", "b"], "a\nb"):
            loose = {"words": words, "times": "2", "loud": "true", "size": " LARGE "}
            result = await client.call_tool("echo", loose)
            assert result.content[0].text == "u1 ['a', 'b'] large 2 True"
        result = await client.call_tool("echo", {"words": {"uri": "x", "name": "y"}, "times": None})
        assert result.content[0].text == "u1 ['x'] small 1 False"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "echo needs the argument `words`."),
        ({"words": "a", "wrods": 1}, "echo has no argument `wrods`; it takes words, size, times, loud."),
        ({"words": "a", "times": "soon"}, "`times` must be a whole number, not 'soon'."),
        ({"words": "a", "times": [1]}, "`times` must be a whole number, not a list."),
        ({"words": "a", "times": 0}, "`times` must be 1 or more, not '0'."),
        ({"words": "a", "times": 10}, "`times` must be 9 or less, not '10'."),
        ({"words": "a", "size": "huge"}, "`size` must be one of 'small', 'large', not 'huge'."),
        ({"words": "a", "loud": "maybe"}, "`loud` must be true or false, not 'maybe'."),
        ({"words": []}, "`words` is too short: at least 1."),
        ({"words": "a b c d"}, "`words` is too long: at most 3."),
        ({"words": ["a", 7]}, "`words[1]` must be text, not '7'."),
        ({"words": 7}, "`words` must be a list, not '7'."),
    ],
)
async def test_a_wrong_argument_is_named_with_what_would_be_right(
    arguments: dict[str, object], sentence: str
) -> None:
    async with door(echo) as client:
        assert await told(client, "echo", **arguments) == (
            f"{sentence} Call again with the argument corrected. [invalid_input]"
        )


async def test_a_long_or_hostile_value_is_not_read_back(mode: str) -> None:
    async with door(echo, mode=mode) as client:
        text = await told(client, "echo", words="a", times=SECRET * 1_000)
        assert (
            text == "`times` must be a whole number. Call again with the argument corrected. [invalid_input]"
        )
        text = await told(client, "echo", words="a", times="1\u202e\n2")
        assert "not '1 2'" in text


async def test_a_missing_permission_is_named_with_the_way_to_give_it() -> None:
    async with door(change) as client:
        assert await told(client, "change") == (
            "change needs the permission 'edit'; this client was given: read. "
            "Ask the person to sign in again and choose a level that allows it. "
            "Sign-in link: https://auxcord.example/ [not_permitted]"
        )
    async with door(change, caller=person(Permission.READ, sign_in_url=None)) as client:
        assert "Call connect_account for that. [not_permitted]" in await told(client, "change")


async def test_tools_that_are_not_allowed_are_not_listed() -> None:
    async with door(change, echo) as client:
        assert [listed.name for listed in await client.list_tools()] == ["echo"]
    async with door(change, echo, caller=NotSignedInError("Nobody is signed in.")) as client:
        assert [listed.name for listed in await client.list_tools()] == ["change", "echo"]


async def test_a_tool_nobody_declared_is_neither_listed_nor_called(mode: str) -> None:
    async with door(echo, extra=True, mode=mode) as client:
        assert [listed.name for listed in await client.list_tools()] == ["echo"]
        assert await told(client, "backdoor") == (
            "There is no tool called 'backdoor'. List the tools and call one of them. [invalid_input]"
        )
        assert "There is no tool called 'nothing'" in await told(client, "nothing")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("Wrong."), "Wrong. Call again with the argument corrected. [invalid_input]"),
        (
            RateLimitedError("Slow down.", retry_after=12.2),
            "Slow down. Wait before calling again. Come back in 13 s. [spotify_rate_limited]",
        ),
        (
            ReauthorizationRequiredError("The link has ended."),
            "The link has ended. Sign in to Spotify again to renew the link; nothing else is lost. Sign-in",
        ),
        (ExceptionGroup("several", [InputError("First."), InputError("Second.")]), "First. Call again "),
    ],
)
async def test_every_foreseen_error_says_what_and_what_next(error: Exception, text: str, mode: str) -> None:
    async with door(failing(error), mode=mode) as client:
        assert (await told(client, "fail")).startswith(text)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(SECRET),
        RuntimeError(SECRET),
        TimeoutError(SECRET),
        MCPError(code=0, message=SECRET),
        ExceptionGroup(SECRET, [InputError("Foreseen."), KeyError(SECRET)]),
    ],
)
async def test_an_unforeseen_error_shows_a_reference_and_nothing_else(
    error: Exception, mode: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with door(failing(error), mode=mode) as client:
        text = await told(client, "fail")
    assert text.startswith("Something went wrong inside Auxcord. Tell the operator the reference ")
    assert text.endswith(". [internal_error]")
    reference = text.split("reference ")[1].split(".")[0]
    captured = capfd.readouterr()
    logged = captured.out + captured.err + caplog.text
    assert SECRET not in logged
    assert reference in logged
    assert type(error).__name__ in logged or "KeyError" in logged


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSignedInError("No."), "not_signed_in"),
        (SettingsError(("SPOTIFY_CLIENT_ID is missing.",)), "settings_invalid"),
        (ValueError(SECRET), "internal_error"),
    ],
)
async def test_without_a_caller_no_tool_runs(error: Exception, code: str, mode: str) -> None:
    async with door(echo, caller=error, mode=mode) as client:
        text = await told(client, "echo", words="a")
    assert f"[{code}]" in text
    assert SECRET not in text


async def test_what_breaks_outside_a_tool_stays_inside_as_well(mode: str) -> None:
    async with door(echo, extra=True, mode=mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("thing://broken")
        assert SECRET not in str(caught.value)


async def test_a_caller_is_gone_after_the_call() -> None:
    seen: list[AuxcordError] = []

    async def later(caller: Caller) -> str:
        """Looks."""
        return caller.user_id

    async with door(tool(title="Later", needs=Permission.READ)(later)) as client:
        await client.call_tool("later", {})
    try:
        current_caller()
    except AuxcordError as error:
        seen.append(error)
    assert [error.code for error in seen] == ["not_signed_in"]


async def test_an_answer_to_a_question_never_asked_does_not_reach_a_tool() -> None:
    async with door(echo) as client:
        params = mcp_types.CallToolRequestParams(
            name="echo",
            arguments={"words": ["a"]},
            input_responses={"ok": mcp_types.ElicitResult(action="accept", content={"confirm": True})},
        )
        result = await client.session.send_request(
            mcp_types.CallToolRequest(method="tools/call", params=params), mcp_types.CallToolResult
        )
        assert result.is_error
        assert "never asked" in result.content[0].text
