"""A FastAPI app: a page, server-sent events, a validation error and a background task.

Nothing in it knows of Lambda: `uvicorn main:app` serves it too.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from typing import Annotated

from fastapi import BackgroundTasks, FastAPI, Query
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

PAGE = """<!doctype html>
<title>Words</title>
<p id="words"></p>
<script>
  const events = new EventSource("words?prompt=Hello%20there");
  events.onmessage = (event) => {
    document.getElementById("words").append(JSON.parse(event.data).word, " ");
  };
  events.addEventListener("end", () => events.close());
</script>
"""

app = FastAPI(title="Words")
logger = logging.getLogger(__name__)


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    return PAGE


@app.get("/words", response_class=EventSourceResponse)
async def words(
    prompt: str, background: BackgroundTasks, repeat: Annotated[int, Query(ge=1, le=100)] = 1
) -> AsyncIterable[ServerSentEvent]:
    """Answers word by word. A `repeat` that is no number from 1 to 100 is an error, 422."""
    background.add_task(count, prompt)
    for _ in range(repeat):
        async for word in answer(prompt):
            yield ServerSentEvent(data={"word": word})
    yield ServerSentEvent(event="end", raw_data="")


async def answer(prompt: str) -> AsyncIterator[str]:
    """A stand-in for a model."""
    for word in f"You said: {prompt}".split():
        yield word
        await asyncio.sleep(0.2)


def count(prompt: str) -> None:
    """Runs after the last byte, and before the next request."""
    logger.warning("the prompt had %d words", len(prompt.split()))
