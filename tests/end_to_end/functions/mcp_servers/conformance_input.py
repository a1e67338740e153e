"""Tools and a prompt that ask the client for input, as the conformance suite wants them.

In 2026-07-28 the question is a result, `input_required`, and the answer comes with the next
request. Before, the server asked within the request; without sessions there is no way back.
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel

Ctx = Context[Any, Any]


def ask(message: str, name: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(text: str, most: int = 100) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=most)
    )


def require(state: str | None = None, **requests: Any) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


def answer_of(ctx: Ctx, key: str) -> Any:
    return (ctx.input_responses or {}).get(key)


class UserResponse(BaseModel):
    response: str


def add_input_tools(server: MCPServer[Any]) -> None:
    @server.tool()
    async def test_input_required_result_elicitation(ctx: Ctx) -> Any:
        """As the suite wants it."""
        answer = answer_of(ctx, "user_name")
        name = (getattr(answer, "content", None) or {}).get("name")
        if not isinstance(name, str):
            return require(user_name=ask("What is your name?", "name"))
        return f"Hello, {name}!"

    @server.tool()
    async def test_input_required_result_sampling(ctx: Ctx) -> Any:
        """As the suite wants it."""
        answer = answer_of(ctx, "capital_question")
        if answer is None:
            return require(capital_question=sample("What is the capital of France?"))
        return str(answer.content)

    @server.tool()
    async def test_input_required_result_list_roots(ctx: Ctx) -> Any:
        """As the suite wants it."""
        answer = answer_of(ctx, "client_roots")
        if answer is None:
            return require(client_roots=ListRootsRequest())
        return ", ".join(str(root.uri) for root in answer.roots)

    @server.tool()
    async def test_input_required_result_request_state(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if ctx.request_state is None:
            return require("the state", confirm=ask("Please confirm", "ok", "boolean"))
        return "state-ok" if ctx.request_state == "the state" else "state-lost"

    @server.tool()
    async def test_input_required_result_tampered_state(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if ctx.request_state is None:
            return require("the state", confirm=ask("Please confirm", "ok", "boolean"))
        return "accepted"

    @server.tool()
    async def test_input_required_result_multiple_inputs(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if ctx.request_state is None:
            return require(
                "the state",
                user_name=ask("What is your name?", "name"),
                greeting=sample("Generate a greeting", 50),
                client_roots=ListRootsRequest(),
            )
        return "all answered"

    @server.tool()
    async def test_input_required_result_multi_round(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if ctx.request_state is None:
            return require("1", step1=ask("Step 1: What is your name?", "name"))
        if ctx.request_state == "1":
            return require("2", step2=ask("Step 2: What is your favorite color?", "color"))
        return "both answered"

    @server.tool()
    async def test_input_required_result_capabilities(ctx: Ctx) -> Any:
        """As the suite wants it."""
        declared = ctx.session.client_capabilities
        if declared is not None and declared.elicitation is not None:
            return require(user_name=ask("What is your name?", "name"))
        return require(question=sample("What is the capital of France?"))

    @server.tool()
    async def test_missing_capability(ctx: Ctx) -> str:
        """As the suite wants it."""
        declared = ctx.session.client_capabilities
        if declared is None or declared.sampling is None:
            raise MCPError(
                MISSING_REQUIRED_CLIENT_CAPABILITY,
                "sampling is needed",
                {"requiredCapabilities": {"sampling": {}}},
            )
        return "sampling is declared"

    @server.tool()
    async def test_streaming_elicitation(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if answer_of(ctx, "user_name") is None:
            await ctx.report_progress(1, 2)
            return require(user_name=ask("What is your name?", "name"))
        return "answered"

    @server.prompt()
    async def test_input_required_result_prompt(ctx: Ctx) -> Any:
        """As the suite wants it."""
        if answer_of(ctx, "user_context") is None:
            return require(user_context=ask("What context should the prompt use?", "context"))
        return "the prompt"

    @server.tool()
    async def test_sampling(prompt: str, ctx: Ctx) -> str:
        """As the suite wants it."""
        message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
        answer = await ctx.session.create_message([message], max_tokens=100)
        return str(answer.content)

    @server.tool()
    async def test_elicitation(message: str, ctx: Ctx) -> str:
        """As the suite wants it."""
        return str(await ctx.elicit(message, UserResponse))
