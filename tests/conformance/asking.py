"""Tools that ask back: the two ways of two protocol revisions, as the conformance suite asks for them."""

from typing import Any

import mcp_types
from fastmcp import Context, FastMCP
from fastmcp.prompts import Message, Prompt
from fastmcp.tools import Tool, ToolResult
from mcp import MCPError
from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    MissingRequiredClientCapabilityErrorData,
    SamplingMessage,
    TextContent,
)
from mcp_types.jsonrpc import MISSING_REQUIRED_CLIENT_CAPABILITY

Schema = dict[str, Any]
Asked = ToolResult | InputRequiredResult
A_NAME: Schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
A_COLOR: Schema = {"type": "object", "properties": {"color": {"type": "string"}}, "required": ["color"]}
AN_OK: Schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
A_CONTEXT: Schema = {"type": "object", "properties": {"context": {"type": "string"}}, "required": ["context"]}
USER: Schema = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "required": ["username", "email"],
}
DEFAULTS: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}
OPTIONS = ["option1", "option2", "option3"]
TITLED = [
    {"const": "value1", "title": "First"},
    {"const": "value2", "title": "Second"},
    {"const": "value3", "title": "Third"},
]
ENUMS: Schema = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": OPTIONS},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
}


def text(words: str) -> ToolResult:
    return ToolResult(content=[TextContent(type="text", text=words)])


def form(message: str, schema: Schema) -> ElicitRequest:
    params = ElicitRequestFormParams(mode="form", message=message, requested_schema=schema)
    return ElicitRequest(method="elicitation/create", params=params)


def sampling(question: str, max_tokens: int) -> mcp_types.CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=question))
    params = mcp_types.CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    return mcp_types.CreateMessageRequest(method="sampling/createMessage", params=params)


def roots() -> ListRootsRequest:
    return ListRootsRequest(method="roots/list")


def ask(requests: dict[str, InputRequest], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


def answers(ctx: Context, *names: str) -> dict[str, Any] | None:
    """The client's answers, if every one asked for is there in an acceptable form."""
    given = ctx.input_responses or {}
    if any(name not in given for name in names):
        return None
    return {name: given[name] for name in names}


def accepted(answer: Any, field: str) -> Any:
    """A field of an accepted form, or None."""
    if getattr(answer, "action", None) != "accept":
        return None
    return (answer.content or {}).get(field)


# --- 2025-11-25: the server calls the client while the tool runs --------------------------------------------


async def test_elicitation(message: str, ctx: Context) -> ToolResult:
    """Ask the person for a name and an address."""
    result = await ctx.session.elicit_form(message, USER, related_request_id=ctx.request_id)
    return text(f"User response: action={result.action}, content={result.content}")


async def test_elicitation_sep1034_defaults(ctx: Context) -> ToolResult:
    """Ask with defaults filled in."""
    result = await ctx.session.elicit_form("Check these", DEFAULTS, related_request_id=ctx.request_id)
    return text(f"Elicitation completed: action={result.action}, content={result.content}")


async def test_elicitation_sep1330_enums(ctx: Context) -> ToolResult:
    """Ask with every kind of choice."""
    result = await ctx.session.elicit_form("Choose", ENUMS, related_request_id=ctx.request_id)
    return text(f"Elicitation completed: action={result.action}, content={result.content}")


async def test_sampling(prompt: str, ctx: Context) -> ToolResult:
    """Ask the client's model."""
    question = sampling(prompt, 100).params
    result = await ctx.session.create_message(
        question.messages, max_tokens=question.max_tokens, related_request_id=ctx.request_id
    )
    return text(f"LLM response: {getattr(result.content, 'text', result.content)}")


# --- 2026-07-28: the tool ends with what it needs, and is called again with the answers ---------------------


async def test_input_required_result_elicitation(ctx: Context) -> Asked:
    """Ask for a name, then greet."""
    given = answers(ctx, "user_name")
    name = accepted(given["user_name"], "name") if given else None
    if not isinstance(name, str):
        return ask({"user_name": form("What is your name?", A_NAME)})
    return text(f"Hello, {name}!")


async def test_streaming_elicitation(ctx: Context) -> Asked:
    """Ask for a name on the response stream."""
    return await test_input_required_result_elicitation(ctx)


async def test_input_required_result_sampling(ctx: Context) -> Asked:
    """Ask the client's model for a capital."""
    given = answers(ctx, "capital_question")
    if given is None:
        return ask({"capital_question": sampling("What is the capital of France?", 100)})
    return text(f"The model said: {given['capital_question'].content}")


async def test_input_required_result_list_roots(ctx: Context) -> Asked:
    """Ask for the client's roots."""
    given = answers(ctx, "client_roots")
    if given is None:
        return ask({"client_roots": roots()})
    return text(f"Roots: {[str(root.uri) for root in given['client_roots'].roots]}")


async def test_input_required_result_request_state(ctx: Context) -> Asked:
    """Ask for a confirmation and recognise the state that comes back."""
    if answers(ctx, "confirm") is None or ctx.request_state != "confirming":
        return ask({"confirm": form("Please confirm", AN_OK)}, "confirming")
    return text("state-ok")


async def test_input_required_result_tampered_state(ctx: Context) -> Asked:
    """Ask for a confirmation; a changed state never gets here."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Context) -> Asked:
    """Ask the person, the model and the client at once."""
    if answers(ctx, "user_name", "greeting", "client_roots") is None:
        return ask(
            {
                "user_name": form("What is your name?", A_NAME),
                "greeting": sampling("Generate a greeting", 50),
                "client_roots": roots(),
            },
            "asked-three",
        )
    return text("All three answered.")


async def test_input_required_result_multi_round(ctx: Context) -> Asked:
    """Ask twice, one after the other."""
    if ctx.request_state == "asked-color" and answers(ctx, "step2") is not None:
        return text("Both steps answered.")
    if ctx.request_state == "asked-name" and answers(ctx, "step1") is not None:
        return ask({"step2": form("Step 2: What is your favorite color?", A_COLOR)}, "asked-color")
    return ask({"step1": form("Step 1: What is your name?", A_NAME)}, "asked-name")


async def test_input_required_result_capabilities(ctx: Context) -> Asked:
    """Ask only in the ways this client knows."""
    able = ctx.session.client_capabilities
    requests: dict[str, InputRequest] = {}
    if able is not None and able.elicitation is not None:
        requests["user_name"] = form("What is your name?", A_NAME)
    if able is not None and able.sampling is not None:
        requests["greeting"] = sampling("Generate a greeting", 50)
    return ask(requests) if requests and not ctx.input_responses else text("Nothing to ask.")


async def test_missing_capability(ctx: Context) -> ToolResult:
    """Need the client's model, and say so when the client has none."""
    able = ctx.session.client_capabilities
    if able is None or able.sampling is None:
        needed = mcp_types.ClientCapabilities(sampling=mcp_types.SamplingCapability())
        data = MissingRequiredClientCapabilityErrorData(required_capabilities=needed)
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs the client capability 'sampling'.",
            data.model_dump(by_alias=True, exclude_none=True),
        )
    return text("The client can sample.")


async def test_input_required_result_prompt(ctx: Context) -> list[Message] | InputRequiredResult:
    """Ask for a context before the prompt is written."""
    given = answers(ctx, "user_context")
    if given is None:
        return ask({"user_context": form("What context should the prompt use?", A_CONTEXT)})
    return [Message(f"Consider this context: {accepted(given['user_context'], 'context')}")]


TOOLS = (
    *(test_elicitation, test_elicitation_sep1034_defaults, test_elicitation_sep1330_enums, test_sampling),
    *(test_input_required_result_elicitation, test_streaming_elicitation, test_missing_capability),
    *(test_input_required_result_sampling, test_input_required_result_list_roots),
    *(test_input_required_result_request_state, test_input_required_result_tampered_state),
    *(test_input_required_result_multiple_inputs, test_input_required_result_multi_round),
    test_input_required_result_capabilities,
)


def add_asking(mcp: FastMCP[Any]) -> None:
    """Put all of the above on a server."""
    for tool in TOOLS:
        mcp.add_tool(Tool.from_function(tool, output_schema=None))
    mcp.add_prompt(Prompt.from_function(test_input_required_result_prompt))
