"""The stand-in for Lambda's Node.js runtime, beside Lambda's own clients: the same bytes.

Both run the same handlers with the same events, and what they send and log is compared. A handler
"any" runs the one that its event names: one process for a whole table.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.support import node_ric
from tests.support.node_runtimes import Run, run_lambdas_client, run_stand_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not node_ric.INSTALLED.exists(),
        reason="no Lambda client for Node.js: run `python -m tests.support.node_ric`",
    ),
]

FUNCTIONS = Path(__file__).parent / "functions"
WITH_CALLBACKS, WITHOUT = 22, 24
BOTH = [WITH_CALLBACKS, WITHOUT]

STREAMS = [
    "plain",
    "prelude",
    "emptyPrelude",
    "preludeWithoutWrite",
    "onlyEnd",
    "objects",
    "encodings",
    "contentType",
    "lateContentType",
    "piped",
    "pipedObjects",
    "brokenPipe",
    "nothing",
    "early",
    "midway",
    "midwayWithPrelude",
    "throwsText",
    "throwsNothing",
    "deleteCharacter",
    "returns",
    "notAsync",
    "parts",
    "corked",
    "finished",
    "context",
    "writesNull",
    "ownBytes",
    "entersContext",
    "entersContext",
]
ENDINGS = [
    "failingPipeline", "writeAfterEnd", "destroyed", "destroyedAtLast", "exits", "rejectsAside",
]  # fmt: skip
WHOLE = [
    "result", "nothing", "notAsync", "text", "date", "circular", "bigint", "rejects", "throws",
    "throwsText", "throwsObject", "throwsNull", "cause", "fields", "noStack", "own", "context",
    "remaining", "globals", "receiver", "throwsSymbol", "main", "lambdasSymbols", "entersContext",
    "entersContext",
]  # fmt: skip
CALLBACKS = [
    "callback", "later", "error", "textError", "twice", "succeed", "fail", "failWithNothing",
    "done", "doneWithError", "never", "throws", "promise", "promiseAndCallback", "thenable",
    "circular", "waits", "atOnce", "contextKeys", "neverResolved",
    "textOfNothing", "failsToFail", "bigintAtOnce",
]  # fmt: skip
MODULES = [
    "plain.handler", "common.handler", "untyped.handler", "package/index.handler",
    "syntax.handler", "syntaxModule.handler", "missing.handler", "missingModule.handler",
    "throwsAtLoad.handler", "throwsNullAtLoad.handler", "gone.handler", "package/gone.handler",
    "plain", "../plain.handler", "plain.gone",
]  # fmt: skip
PROPERTIES = ["nested.inner.handler", "nested.inner", "only", "text5", "__proto__", "nested..x"]
LOGS = ["levels", "shapes", "errors", "circular"]


def compare(version: int, handler: str, *events: bytes, **options: Mapping[str, str]) -> Run:
    theirs = run_lambdas_client(version, FUNCTIONS, handler, *events, **options)
    ours = run_stand_in(version, FUNCTIONS, handler, *events, **options)
    assert ours.posts == theirs.posts
    assert ours.log == theirs.log
    return ours


def events_of(names: Iterable[str]) -> list[bytes]:
    return [json.dumps({"run": name, "result": [1, "a"]}).encode() for name in names]


@pytest.mark.parametrize("version", BOTH)
def test_streams(version: int) -> None:
    done = compare(version, "streams.any", *events_of(STREAMS))

    assert [post["target"] for post in done.posts] == [
        f"/2018-06-01/runtime/invocation/request-{number}/response"
        for number in range(len(STREAMS))
    ]


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("version", BOTH)
def test_a_stream_that_ends_the_process(version: int, name: str) -> None:
    theirs = run_lambdas_client(version, FUNCTIONS, f"streams.{name}", b"1")
    ours = run_stand_in(version, FUNCTIONS, f"streams.{name}", b"1")

    assert ours == theirs
    assert ours.status > 0


@pytest.mark.parametrize("name", ["highWaterMark", "notAsync"])
@pytest.mark.parametrize("version", BOTH)
def test_how_a_handler_streams(version: int, name: str) -> None:
    compare(version, f"streams.{name}", b"1", b"2")


@pytest.mark.parametrize("version", BOTH)
def test_whole_responses(version: int) -> None:
    more = {
        "Trace_Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        "Client_Context": '{"custom": {"a": 1}}',
        "Cognito_Identity": '{"cognitoIdentityId": "me"}',
        "Aws_Tenant_Id": "tenant",
    }

    done = compare(version, "whole.any", *events_of(WHOLE), more=more)

    assert len(done.posts) == len(WHOLE)


@pytest.mark.parametrize("version", BOTH)
def test_a_context_that_is_not_json(version: int) -> None:
    """The earlier client reports it, the later one ends."""
    more = {"Client_Context": "{"}

    theirs = run_lambdas_client(version, FUNCTIONS, "whole.result", b"{}", more=more)
    ours = run_stand_in(version, FUNCTIONS, "whole.result", b"{}", more=more)

    assert ours == theirs


def test_callbacks() -> None:
    done = compare(WITH_CALLBACKS, "callbacks.any", *events_of(CALLBACKS))

    assert len(done.posts) == len(CALLBACKS)


def test_callbacks_of_a_later_runtime() -> None:
    done = compare(WITHOUT, "callbacks.callback", b"1")

    assert "Runtime.CallbackHandlerDeprecated" in done.log[0]


@pytest.mark.parametrize(
    ("name", "status"), [("uncaught", 129), ("unhandled", 128), ("bigint", 129)]
)
def test_an_error_that_nobody_catches(name: str, status: int) -> None:
    theirs = run_lambdas_client(WITH_CALLBACKS, FUNCTIONS, f"callbacks.{name}", b"1")
    ours = run_stand_in(WITH_CALLBACKS, FUNCTIONS, f"callbacks.{name}", b"1")

    assert ours == theirs
    assert ours.status == status


@pytest.mark.parametrize("handler", MODULES)
@pytest.mark.parametrize("version", BOTH)
def test_a_module(version: int, handler: str) -> None:
    compare(version, handler, b"{}")


def test_a_module_that_says_not_what_it_is() -> None:
    """Unlike later ones, Node.js 20 looks at its syntax."""
    compare(20, "untyped.handler", b"{}")


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("version", BOTH)
def test_a_property(version: int, name: str) -> None:
    compare(version, f"whole.{name}", b"{}")


def test_a_kind_of_streaming_that_does_not_exist() -> None:
    """The earlier client fails to say so: it lacks the name of the error."""
    compare(WITHOUT, "plain.badKind", b"{}")


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
@pytest.mark.parametrize("version", BOTH)
def test_a_log(version: int, log_format: str) -> None:
    environ = {"AWS_LAMBDA_LOG_FORMAT": log_format}

    done = compare(
        version, "logs.any", *events_of(LOGS), environ=environ, more={"Aws_Tenant_Id": "one"}
    )

    assert len(done.log) > 20


@pytest.mark.parametrize("level", ["DEBUG", "error", "FATAL", "other"])
@pytest.mark.parametrize("version", BOTH)
def test_a_level(version: int, level: str) -> None:
    environ = {"AWS_LAMBDA_LOG_LEVEL": level, "AWS_LAMBDA_LOG_FORMAT": "JSON"}

    compare(version, "logs.levels", b"{}", environ=environ)


def test_the_store_of_an_invocation() -> None:
    compare(WITHOUT, "whole.store", b"1", b"2", more={"Trace_Id": "Root=1"})


@pytest.mark.parametrize("version", BOTH)
def test_no_global(version: int) -> None:
    environ = {"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "true"}

    compare(version, "whole.globals", b"1", environ=environ)


@pytest.mark.parametrize("version", BOTH)
def test_a_function_that_traces_requests(version: int) -> None:
    """Only the earlier client lets it see a streamed response; whole ones no tracer sees."""
    streamed = compare(version, "instrumented.streams", b"{}")
    whole = compare(version, "instrumented.whole", b"{}", b'{"fails": 1}')

    traced = ["x-traced" in post["headers"] for post in (*streamed.posts, *whole.posts)]
    assert traced == [version == WITH_CALLBACKS, False, False]
