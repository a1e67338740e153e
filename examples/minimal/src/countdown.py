"""GET /?from=5 counts down, one line a second."""

import time


def handler(event, context):
    parameters = event.get("queryStringParameters") or {}
    for number in range(int(parameters.get("from", 5)), 0, -1):
        yield f"{number}\n"
        time.sleep(1)
    yield "lift-off\n"
