"""The tools, resources and prompts that the official conformance suite asks for.

https://github.com/modelcontextprotocol/conformance: each has the name and the answer that a
scenario of the suite expects. `conformance_input` has those that ask the client for input.
"""

import asyncio
import base64
import json
from typing import Annotated, Any

from conformance_input import add_input_tools  # type: ignore[import-not-found]
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp_types import (
    AudioContent,
    Completion,
    EmbeddedResource,
    ImageContent,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)
from pydantic import Field

from streambda_runtime import mcp

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="
SCHEMA_2020_12 = {
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

server: MCPServer[Any] = MCPServer("conformance", version="1", log_level="WARNING")
add_input_tools(server)


@server.tool()
def test_simple_text() -> str:
    """As the suite wants it."""
    return "This is a simple text response for testing."


@server.tool()
def test_image_content() -> list[ImageContent]:
    """As the suite wants it."""
    return [ImageContent(type="image", data=PIXEL, mime_type="image/png")]


@server.tool()
def test_audio_content() -> list[AudioContent]:
    """As the suite wants it."""
    return [AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")]


def embed(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    resource = TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return EmbeddedResource(type="resource", resource=resource)


@server.tool()
def test_embedded_resource() -> list[EmbeddedResource]:
    """As the suite wants it."""
    text = "This is an embedded resource content."
    return [embed("test://embedded-resource", "text/plain", text)]


@server.tool()
def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """As the suite wants it."""
    return [
        TextContent(type="text", text="Multiple content types test:"),
        ImageContent(type="image", data=PIXEL, mime_type="image/png"),
        embed("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ]


@server.tool()
async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """As the suite wants it."""
    for state in ("started", "processing data", "completed"):
        await ctx.session.send_log_message(
            "info", f"Tool {state}", related_request_id=ctx.request_id
        )
        await asyncio.sleep(0.05)
    return "logged"


@server.tool()
async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    """As the suite wants it."""
    await ctx.session.send_log_message("info", "not asked for", related_request_id=ctx.request_id)
    return "logged"


@server.tool()
async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """As the suite wants it."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"{done} of 100")
        await asyncio.sleep(0.05)
    return "progressed"


@server.tool()
def test_error_handling() -> str:
    """As the suite wants it."""
    raise RuntimeError("This tool intentionally returns an error for testing")


@server.tool()
def test_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
    """As the suite wants it."""
    return region


def json_schema_2020_12_tool(name: str = "") -> str:
    """As the suite wants it."""
    return name


schema_tool = Tool.from_function(json_schema_2020_12_tool)
schema_tool.parameters = SCHEMA_2020_12
server._tool_manager._tools[schema_tool.name] = schema_tool


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@server.resource("test://watched-resource", mime_type="text/plain")
def watched() -> str:
    return "watched"


@server.prompt()
def test_simple_prompt() -> str:
    """As the suite wants it."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """As the suite wants it."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    """As the suite wants it."""
    return [
        UserMessage(embed(resourceUri, "text/plain", "Embedded resource content for testing.")),
        UserMessage("Please process the embedded resource above."),
    ]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    """As the suite wants it."""
    return [
        UserMessage(ImageContent(type="image", data=PIXEL, mime_type="image/png")),
        UserMessage("Please analyze the image above."),
    ]


@server.completion()  # type: ignore[no-untyped-call, untyped-decorator]
async def complete(ref: Any, argument: Any, context: Any) -> Completion:
    return Completion(values=["testing"], total=1, has_more=False)


async def do_nothing(ctx: Any, params: Any) -> dict[str, Any]:
    return {}


# What only earlier revisions have, and MCPServer has no decorator for.
for method, params in (
    ("logging/setLevel", SetLevelRequestParams),
    ("resources/subscribe", SubscribeRequestParams),
    ("resources/unsubscribe", UnsubscribeRequestParams),
):
    server._lowlevel_server.add_request_handler(method, params, do_nothing)

handler = mcp(server)
