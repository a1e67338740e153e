"""A Flask app that answers with what it was asked, in each way that an app can answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    make_response,
    redirect,
    request,
    session,
    stream_with_context,
)

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

app = Flask(__name__)
app.secret_key = "not one"


@app.route("/echo", methods=METHODS)
@app.route("/echo/<path:rest>", methods=METHODS)
@app.route("/items/<item>", methods=METHODS)
def echo(**parameters: str) -> dict[str, Any]:
    """What the app sees; below the stage, which is in front of the path at a REST API."""
    return {
        "method": request.method,
        "path": request.path,
        "query": list(request.args.items(multi=True)),
        "query_string": request.query_string.decode("latin-1"),
        "mine": sorted(
            (name.lower(), value)
            for name, value in request.headers.items()
            if name.lower().startswith("x-m")
        ),
        "content_type": request.content_type,
        "cookies": request.cookies,
        "body": request.get_data().hex(),
        "url": request.url,
        "parameters": parameters,
    }


@app.get("/status/<int:code>")
def status(code: int) -> tuple[str, int]:
    return "text", code


@app.get("/headers")
def headers() -> Response:
    response = make_response(b"\x00\xff")
    response.content_type = "application/octet-stream"
    response.headers["x-one"] = "one"
    response.headers.add("x-two", "1")
    response.headers.add("x-two", "2")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


@app.get("/redirect")
def redirected() -> Any:
    return redirect("/elsewhere?a=1", 307)


@app.route("/empty", methods=["GET", "PATCH"])
@app.get("/slash/")
def empty() -> tuple[str, int]:
    return "", 204


@app.get("/broken")
def broken() -> str:
    raise ValueError("broken")


@app.get("/large")
def large() -> Response:
    return Response(b"x" * 3_000_000, mimetype="application/octet-stream")


@app.post("/form")
def form() -> dict[str, Any]:
    return {
        "fields": list(request.form.items(multi=True)),
        "files": {name: file.read().hex() for name, file in request.files.items()},
    }


@app.get("/stream")
def stream() -> Response:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield f"data: {number} of {request.path}\n\n"

    return Response(stream_with_context(chunks()), mimetype="text/event-stream")


@app.get("/visits")
def visits() -> str:
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.get("/gated")
def gated() -> Response:
    """The second chunk is made only once the FIFO at `gate` has a byte."""

    def chunks() -> Iterator[str]:
        yield "first\n"
        with Path(request.args["gate"]).open("rb", buffering=0) as fifo:
            fifo.read(1)
        yield "second\n"

    return Response(stream_with_context(chunks()), mimetype="text/plain")
