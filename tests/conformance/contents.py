"""Every kind of content the conformance suite asks a server to send: tools, resources, prompts."""

import base64
import json
import struct
import zlib
from typing import Annotated, Any

import anyio
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.prompts import Message, Prompt
from fastmcp.tools import Tool, ToolResult
from mcp_types import (
    AudioContent,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

PAUSE_SECONDS = 0.05  # the suite wants to see messages arrive one after the other
SCHEMA_TOOL = "json_schema_2020_12_tool"
SCHEMA_2020_12: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def a_png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def a_wav() -> bytes:
    """A moment of silence."""
    samples = b"\x80" * 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def an_image() -> ImageContent:
    return ImageContent(type="image", data=base64.b64encode(a_png()).decode(), mime_type="image/png")


def text(words: str) -> TextContent:
    return TextContent(type="text", text=words)


def embedded(uri: str, mime_type: str, words: str) -> EmbeddedResource:
    resource = TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return EmbeddedResource(type="resource", resource=resource)


async def test_simple_text() -> ToolResult:
    """Say one sentence."""
    return ToolResult(content=[text("This is a simple text response for testing.")])


async def test_image_content() -> ToolResult:
    """Show one red pixel."""
    return ToolResult(content=[an_image()])


async def test_audio_content() -> ToolResult:
    """Play a moment of silence."""
    data = base64.b64encode(a_wav()).decode()
    return ToolResult(content=[AudioContent(type="audio", data=data, mime_type="audio/wav")])


async def test_embedded_resource() -> ToolResult:
    """Hand over a small document."""
    words = "This is an embedded resource content."
    return ToolResult(content=[embedded("test://embedded-resource", "text/plain", words)])


async def test_multiple_content_types() -> ToolResult:
    """Say, show and hand over at once."""
    data = json.dumps({"test": "data", "value": 123})
    mixed = embedded("test://mixed-content-resource", "application/json", data)
    return ToolResult(content=[text("Multiple content types test:"), an_image(), mixed])


async def test_error_handling() -> ToolResult:
    """Fail on purpose."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_logging(ctx: Context) -> ToolResult:
    """Write three log messages while working."""
    await ctx.info("Tool execution started")
    await anyio.sleep(PAUSE_SECONDS)
    await ctx.info("Tool processing data")
    await anyio.sleep(PAUSE_SECONDS)
    await ctx.info("Tool execution completed")
    return ToolResult(content=[text("Logged three messages.")])


async def test_logging_tool(ctx: Context) -> ToolResult:
    """Write one log message, which only clients that asked for it may get."""
    await ctx.info("A log message")
    return ToolResult(content=[text("Logged one message.")])


async def test_tool_with_progress(ctx: Context) -> ToolResult:
    """Report progress three times."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(PAUSE_SECONDS)
    return ToolResult(content=[text("Reported progress three times.")])


async def test_header_parameter(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
) -> ToolResult:
    """Take a parameter that clients repeat in the header Mcp-Param-Region."""
    return ToolResult(content=[text(f"Region: {region}")])


class SchemaTool(Tool):
    """A tool whose input schema is sent exactly as written."""

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(content=[text(json.dumps(arguments))])


TOOLS = (
    *(test_simple_text, test_image_content, test_audio_content, test_embedded_resource),
    *(test_multiple_content_types, test_error_handling, test_tool_with_logging, test_logging_tool),
    *(test_tool_with_progress, test_header_parameter),
)


def static_text() -> str:
    """A text that never changes."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """An image that never changes."""
    return a_png()


def template(id: str) -> str:  # noqa: A002 - the template's variable is called id
    """Data made from the address."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def test_simple_prompt() -> list[Message]:
    """Ask one thing."""
    return [Message("This is a simple prompt for testing.")]


def test_prompt_with_arguments(arg1: str, arg2: str) -> list[Message]:
    """Ask with two words filled in."""
    return [Message(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]


def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:  # noqa: N803 - the suite's spelling
    """Ask about a document that comes along."""
    document = embedded(resourceUri, "text/plain", "Embedded resource content for testing.")
    return [Message(document), Message("Please process the embedded resource above.")]


def test_prompt_with_image() -> list[Message]:
    """Ask about an image that comes along."""
    return [Message(an_image()), Message("Please analyze the image above.")]


PROMPTS = (
    test_simple_prompt,
    test_prompt_with_arguments,
    test_prompt_with_embedded_resource,
    test_prompt_with_image,
)


def add_contents(mcp: FastMCP[Any]) -> None:
    """Put all of the above on a server."""
    for tool in TOOLS:
        mcp.add_tool(Tool.from_function(tool, output_schema=None))
    mcp.add_tool(SchemaTool(name=SCHEMA_TOOL, description="A rich schema.", parameters=SCHEMA_2020_12))
    for prompt in PROMPTS:
        mcp.add_prompt(Prompt.from_function(prompt))
    mcp.resource("test://static-text", mime_type="text/plain")(static_text)
    mcp.resource("test://watched-resource", mime_type="text/plain")(static_text)
    mcp.resource("test://static-binary", mime_type="image/png")(static_binary)
    mcp.resource("test://template/{id}/data", mime_type="application/json")(template)
