"""A Flask app that streams lines while it makes them. `flask --app main run` serves it too."""

import time
from collections.abc import Iterator

from flask import Flask, Response, request, stream_with_context

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return '<!doctype html><title>Countdown</title><a href="countdown?from=5">count down</a>'


@app.get("/countdown")
def countdown() -> Response:
    """The generator still sees the request, thanks to `stream_with_context`."""

    def lines() -> Iterator[str]:
        for number in range(request.args.get("from", 5, int), 0, -1):
            yield f"{number}\n"
            time.sleep(0.2)
        yield f"lift-off, {request.args.get('name', 'stranger')}\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")
