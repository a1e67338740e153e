"""Finding the handler, and reading what an ordinary one returned."""

from pathlib import Path
from typing import Any

import pytest

from streambda_runtime import handlers
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.http_event import HttpEvent
from streambda_runtime.replies import StreamReply, WholeReply


@pytest.fixture
def task_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("spec", ["load_pkg.inner.handle", "load_pkg/inner.handle"])
def test_a_handler_in_a_package_is_found(task_root: Path, spec: str) -> None:
    (task_root / "load_pkg").mkdir()
    (task_root / "load_pkg" / "inner.py").write_text("def handle(event, context): return 7\n")

    assert handlers.load(spec)(None, None) == 7  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "spec", "error_type", "named"),
    [
        (None, "handler", "Runtime.MalformedHandlerName", "'handler', expected module.function"),
        (None, "", "Runtime.MalformedHandlerName", "'', expected module.function"),
        (None, "load_none.f", "Runtime.ImportModuleError", "No module named 'load_none'"),
        ("x = 1", "load_a.f", "Runtime.HandlerNotFound", "'f' is missing in module 'load_a'"),
        ("f = 1", "load_b.f", "Runtime.HandlerNotFound", "'f' is a int, not a function"),
        ("def f(:", "load_c.f", "Runtime.UserCodeSyntaxError", "line 1"),
        ("1/0", "load_d.f", "Runtime.ImportModuleError", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_cannot_be_loaded_is_named_as_lambda_names_it(
    task_root: Path, source: str | None, spec: str, error_type: str, named: str
) -> None:
    if source is not None:
        (task_root / f"{spec.partition('.')[0]}.py").write_text(source)

    with pytest.raises(RuntimeFault) as fault:
        handlers.load(spec)

    assert fault.value.error_type == error_type
    assert named in str(fault.value)


@pytest.mark.parametrize(
    ("result", "status", "headers", "content"),
    [
        ({"statusCode": 200}, 200, [], b""),
        ({"statusCode": "404", "body": "no"}, 404, [], "no"),
        (
            {"statusCode": 200, "headers": {"A": "1", "B": "2"}, "multiValueHeaders": {"a": ["3"]}},
            200,
            [("B", "2"), ("a", "3")],
            b"",
        ),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, [], b"hi"),
    ],
)
def test_a_proxy_response_is_read(result: Any, status: int, headers: Any, content: Any) -> None:
    reply = handlers.read_result(result, HttpEvent("1.0", "GET"))

    assert isinstance(reply, StreamReply)
    response = reply.response
    assert (response.status_code, response.headers, response.content) == (status, headers, content)


@pytest.mark.parametrize(
    ("result", "named"),
    [
        ({"statusCode": 200, "body": {"a": 1}}, "body is a dict, expected a str"),
        (
            {"statusCode": 200, "body": "?", "isBase64Encoded": True},
            "is not valid base64, although",
        ),
    ],
)
def test_a_body_that_is_none_is_named(result: Any, named: str) -> None:
    with pytest.raises(RuntimeFault, match=named):
        handlers.read_result(result, HttpEvent("2.0", "GET"))


def test_a_proxy_response_to_a_direct_invoke_stays_a_document() -> None:
    reply = handlers.read_result({"statusCode": 200}, None)

    assert isinstance(reply, WholeReply)
    assert reply.payload == b'{"statusCode":200}'


RESPONSES = [
    ("starlette.responses", "Response"), ("starlette.responses", "StreamingResponse"),
    ("fastapi.responses", "JSONResponse"), ("fastapi.sse", "EventSourceResponse"),
    ("flask", "Response"), ("werkzeug.wrappers", "Response"), ("quart", "Response"),
    ("django.http", "HttpResponse"), ("django.http", "StreamingHttpResponse"),
    ("litestar", "Response"), ("litestar.response", "Stream"),
]  # fmt: skip


@pytest.mark.parametrize("http_event", [None, HttpEvent("2.0", "GET")])
@pytest.mark.parametrize("is_subclass", [False, True])
@pytest.mark.parametrize(("module", "name"), RESPONSES)
def test_a_response_of_a_web_framework_is_named_and_told_what_to_do(
    module: str, name: str, is_subclass: bool, http_event: HttpEvent | None
) -> None:
    kind: type = getattr(pytest.importorskip(module), name)
    if is_subclass:
        kind = type("Mine", (kind,), {"__module__": "main"})

    with pytest.raises(RuntimeFault) as fault:
        handlers.read_result(object.__new__(kind), http_event)

    assert fault.value.error_type == "Runtime.MarshalError"
    assert str(fault.value).startswith(
        f"the handler returned a {kind.__module__}.{kind.__qualname__}, which only a web app can"
    )
    assert "name the app itself as the handler" in str(fault.value)
    assert "StreamingResponse of streambda_runtime" in str(fault.value)


@pytest.mark.parametrize("result", [object(), {1, 2}, {"a": object()}, type("Response", (), {})()])
def test_any_other_object_is_only_not_json(result: object) -> None:
    with pytest.raises(RuntimeFault, match="that is not JSON") as fault:
        handlers.read_result(result, None)

    assert "web app" not in str(fault.value)
