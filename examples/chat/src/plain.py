"""The same chat as a plain handler, without a framework."""

import base64
from typing import Any

from chat import HTML, PAGE, ROUTES, answer

from streambda_runtime import Context, StreamingResponse


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    request = event["requestContext"]["http"]
    method, path = request["method"], request["path"]
    if method == "GET" and path == "/":
        return StreamingResponse(PAGE, headers=HTML)
    if method != "POST" or path not in ROUTES:
        return StreamingResponse(b"there is nothing here", 404, media_type="text/plain")
    body = event.get("body") or ""
    data = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    given = answer(path, event["headers"], data, context)
    return StreamingResponse(given.content, given.status, given.headers)
