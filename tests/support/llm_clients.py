"""The official clients of each protocol: `openai`, `anthropic`, and AG-UI's models.

Each yields the pieces of text as they come, and at last what the client has made of the whole
stream, or the exception that it has raised.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

SCRIPTS = Path(__file__).parents[1] / "node_clients/frames"


def need_scripts() -> None:
    """Skips where the packages of the scripts are not installed."""
    if not (SCRIPTS / "node_modules").is_dir():
        pytest.skip("no npm packages in tests/node_clients/frames: `make test` installs them")


def read_chat(url: str, prompt: str) -> Iterator[Any]:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(api_key="none", base_url=f"{url}v1", max_retries=0) as client:
        call = client.chat.completions.stream(
            model="chat",
            messages=[{"role": "user", "content": prompt}],
            stream_options={"include_usage": True},
        )
        try:
            with call as stream:
                for event in stream:
                    if event.type == "content.delta":
                        yield event.delta
                yield stream.get_final_completion()
        except openai.APIError as error:
            yield error


def read_response(url: str, prompt: str) -> Iterator[Any]:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(api_key="none", base_url=f"{url}v1", max_retries=0) as client:
        failed = None
        with client.responses.stream(model="chat", input=prompt) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    yield event.delta
                if event.type == "response.failed":
                    failed = event.response
            yield failed or stream.get_final_response()


def read_message(url: str, prompt: str) -> Iterator[Any]:
    anthropic = pytest.importorskip("anthropic")
    with anthropic.Anthropic(api_key="none", base_url=url, max_retries=0) as client:
        messages = [{"role": "user", "content": prompt}]
        try:
            with client.messages.stream(model="chat", max_tokens=9, messages=messages) as stream:
                yield from stream.text_stream
                yield stream.get_final_message()
        except anthropic.APIError as error:
            yield error


def read_run(url: str, prompt: str) -> Iterator[Any]:
    """The package has no client: its models read each event, and refuse what they do not know."""
    core = pytest.importorskip("ag_ui.core")
    from pydantic import TypeAdapter

    adapter = TypeAdapter(core.Event)
    run = core.RunAgentInput(
        thread_id="t1", run_id="r1", messages=[core.UserMessage(id="u1", content=prompt)]
    )
    body = run.model_dump_json(by_alias=True)
    events = []
    headers = {"content-type": "application/json"}
    with httpx.stream("POST", f"{url}agent", content=body, headers=headers, timeout=30) as response:
        for line in response.iter_lines():
            if line:
                event = adapter.validate_json(line.removeprefix("data: "))
                assert not event.model_extra, event
                events.append(event)
                if event.type == "TEXT_MESSAGE_CONTENT":
                    yield event.delta
    yield events


CLIENTS: dict[str, Callable[[str, str], Iterator[Any]]] = {
    "chat_completions": read_chat,
    "responses": read_response,
    "anthropic_messages": read_message,
    "ag_ui": read_run,
}
