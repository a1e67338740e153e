"""The model, and the agent around it: what it says, and the results of its one tool.

MODEL is the id of a model of Bedrock. Without it a model of our own answers. It repeats what you
say, speaks of the weather through the tool, thinks aloud about "think", and breaks off at "fail".
"""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

from streambda_runtime.llm import ToolResult

MODEL = os.environ.get("MODEL", "")
MAX_CALLS = 5  # of the model, for one answer

TOOL = {
    "name": "weather",
    "description": "The weather in a city.",
    "inputSchema": {
        "json": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        }
    },
}

Event = dict[str, Any]  # of ConverseStream
_client: Any = None


def ask(messages: list[Any]) -> Iterator[Any]:
    """The events of an answer to a conversation, in Bedrock's form.

    The model is called at once: what it refuses is raised here, and not while the answer streams.
    """
    return _answer(messages, open_stream(messages))


def _answer(messages: list[Any], stream: Any) -> Iterator[Any]:
    for _ in range(MAX_CALLS):
        said = Said()
        try:
            for event in stream:
                said.add(event)
                yield event
        finally:
            stream.close()
        if not said.calls:
            return
        results = [run_tool(**call) for call in said.calls]
        yield from results
        messages = [*messages, said.message(), *give_back(results)]
        stream = open_stream(messages)


class Said:
    """What the model has said in one call, as it wants to hear it with the next one."""

    def __init__(self) -> None:
        self.text = ""
        self.calls: list[dict[str, Any]] = []

    def add(self, event: Event) -> None:
        if "contentBlockStart" in event:
            call = event["contentBlockStart"]["start"]["toolUse"]
            self.calls.append({"id": call["toolUseId"], "name": call["name"], "document": ""})
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        self.text += delta.get("text", "")
        if "toolUse" in delta:
            self.calls[-1]["document"] += delta["toolUse"]["input"]

    def message(self) -> Any:
        content: list[Any] = [{"text": self.text}] if self.text else []
        for call in self.calls:
            use = {"toolUseId": call["id"], "name": call["name"], "input": _parse(call["document"])}
            content.append({"toolUse": use})
        return {"role": "assistant", "content": content}


def _parse(document: str) -> Any:
    try:
        return json.loads(document or "{}")
    except ValueError:  # cut by a limit
        return {}


def run_tool(id: str, name: str, document: str) -> ToolResult:
    """Put your own here. What it cannot do is an answer too: the model goes on with it."""
    city = _parse(document).get("city")
    if name != "weather" or not isinstance(city, str):
        return ToolResult(id, f"there is no tool {name} for {document}", error=True)
    return ToolResult(id, {"city": city, "sky": "sunny", "celsius": 21})


def give_back(results: list[ToolResult]) -> list[Any]:
    """The results as a message for the model."""
    content = []
    for result in results:
        status = "error" if result.error else "success"
        told = [{"text": json.dumps(result.output)}]
        content.append({"toolResult": {"toolUseId": result.id, "content": told, "status": status}})
    return [{"role": "user", "content": content}]


def open_stream(messages: list[Any]) -> Any:
    """The events of one call of the model."""
    if not MODEL:
        return say_after(messages)
    global _client
    if _client is None:
        import boto3  # takes longer than all the rest, so only where it is used
        from botocore.config import Config

        # A model that says nothing for this long does not answer: the function has 2 minutes.
        config = Config(connect_timeout=5, read_timeout=50, retries={"total_max_attempts": 2})
        _client = boto3.client("bedrock-runtime", config=config)
    answer = _client.converse_stream(
        modelId=MODEL, messages=messages, toolConfig={"tools": [{"toolSpec": TOOL}]}
    )
    return answer["stream"]


def say_after(messages: list[Any]) -> Iterator[Event]:
    """A model of our own."""
    last = messages[-1]["content"][-1]
    prompt, reason = last.get("text", ""), "end_turn"
    yield {"messageStart": {"role": "assistant"}}
    if "toolResult" in last:
        told = json.loads(last["toolResult"]["content"][0]["text"])
        yield from say(f"It is {told['sky']} in {told['city']}, {told['celsius']} °C.")
    elif "weather" in prompt.lower():
        yield from say("Let me look.")
        yield from call_weather(prompt.rstrip("?!. ").rpartition(" in ")[2] or "Paris")
        reason = "tool_use"
    elif "fail" in prompt.lower():
        yield from say("I was going to say")
        yield {"throttlingException": {"message": "Too many tokens, please wait."}}
    else:
        if "think" in prompt.lower():
            yield from say("They want me to think.", kind="reasoningContent")
        yield from say(f"You said: {prompt}")
    yield {"messageStop": {"stopReason": reason}}
    count = len(prompt.split())
    yield {"metadata": {"usage": {"inputTokens": count, "outputTokens": count + 2}}}


def say(text: str, kind: str = "text") -> Iterator[Event]:
    """Word by word, as a model."""
    for number, word in enumerate(text.split(" ")):
        if number:
            time.sleep(0.05)
        piece = f" {word}" if number else word
        delta: dict[str, Any] = {kind: piece if kind == "text" else {"text": piece}}
        yield {"contentBlockDelta": {"delta": delta, "contentBlockIndex": 0}}
    yield {"contentBlockStop": {"contentBlockIndex": 0}}


def call_weather(city: str) -> Iterator[Event]:
    start = {"toolUse": {"toolUseId": f"call_{os.urandom(6).hex()}", "name": "weather"}}
    yield {"contentBlockStart": {"start": start, "contentBlockIndex": 1}}
    document = json.dumps({"city": city}, ensure_ascii=False)
    for piece in (document[:9], document[9:]):
        delta = {"toolUse": {"input": piece}}
        yield {"contentBlockDelta": {"delta": delta, "contentBlockIndex": 1}}
    yield {"contentBlockStop": {"contentBlockIndex": 1}}
