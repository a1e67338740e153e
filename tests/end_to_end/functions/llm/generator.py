"""A plain handler."""

import json
from typing import Any

from model import answer  # type: ignore[import-not-found]
from routes import ROUTES  # type: ignore[import-not-found]

from streambda_runtime import Context, StreamingResponse, stop_before_deadline
from streambda_runtime.llm import Failure

LATE = Failure("the model did not answer in time", "timeout")


def handler(event: Any, context: Context) -> StreamingResponse:
    read, headers = ROUTES[event["rawPath"]]
    prompt, frames = read(json.loads(event["body"]))
    events = stop_before_deadline(answer(prompt), 2, context=context, last=LATE)
    return StreamingResponse(frames(events), headers=headers)
