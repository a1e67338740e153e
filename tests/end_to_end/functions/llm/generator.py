"""A plain handler."""

import json
from typing import Any

from model import answer  # type: ignore[import-not-found]
from routes import ROUTES  # type: ignore[import-not-found]

from streambda_runtime import Context, StreamingResponse


def handler(event: Any, context: Context) -> StreamingResponse:
    read, headers = ROUTES[event["rawPath"]]
    prompt, frames = read(json.loads(event["body"]))
    return StreamingResponse(frames(answer(prompt)), headers=headers)
