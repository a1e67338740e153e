"""An agent behind the two front ends for agents; RECIPE names the framework."""

import importlib
import json
import os
from typing import Any

from streambda_runtime import Context, StreamingResponse
from streambda_runtime.llm import ag_ui, ui_messages

framework = os.environ["FRAMEWORK"]
recipe = importlib.import_module(f"{framework}_recipe")
make_agent = importlib.import_module(f"{framework}_agent").make_agent


async def handler(event: Any, context: Context) -> StreamingResponse:
    body = json.loads(event["body"])
    message = body["messages"][-1]
    if event["rawPath"] == "/agent":
        events = recipe.events(make_agent(), message["content"])
        frames = ag_ui.frames(events, thread_id=body["threadId"], run_id=body["runId"])
        return StreamingResponse(frames, headers=ag_ui.HEADERS)
    events = recipe.events(make_agent(), message["parts"][-1]["text"])
    return StreamingResponse(ui_messages.frames(events), headers=ui_messages.HEADERS)
