"""Encodes the output of a model as the stream that a front end's client expects.

Events come in and frames go out. `events` is the vocabulary: a str is text, and the other events
are classes. What Bedrock, `openai` or `anthropic` stream is recognised (`recognise`) and translated
(`bedrock_events`, `openai_chat_events`, `openai_response_events`, `anthropic_events`; `fields`
reads objects and dicts alike). `stream` drives a source, blocking or async, through an encoder;
`encoder` is what the encoders of all protocols share; `failures` says what went wrong without
telling secrets. The protocols: `chat_completions` and `responses` (OpenAI), `anthropic_messages`,
`ui_messages` (Vercel's AI SDK), `ag_ui`. Each has `frames`, `HEADERS` and `error_body`.

It knows no socket, no request and no provider's package, and nobody imports it but its users.
"""

from .events import (
    Data,
    Failure,
    Reasoning,
    Stop,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
)

__all__ = [
    "Data",
    "Failure",
    "Reasoning",
    "Stop",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallEnd",
    "ToolCallStart",
    "ToolResult",
    "Usage",
]
