"""What clients are told of exceptions; those of providers carry what these here carry."""

from typing import Any

import pytest

from streambda_runtime.llm import Failure
from streambda_runtime.llm.events import STATUSES
from streambda_runtime.llm.failures import LOST, MESSAGES, explain, explain_type
from tests.support.llm import MODULES


class StatusError(Exception):
    def __init__(self, status: Any, body: Any = None) -> None:
        self.status_code, self.body = status, body


class ReadTimeout(Exception): ...


class ProtocolError(Exception): ...


class Answer:
    status_code = 404


class WithAnswer(Exception):
    response = Answer()


KINDS = [
    (StatusError(429), "rate_limit"),
    (StatusError(404), "not_found"),
    (StatusError(418), "invalid_request"),
    (StatusError(502), "server_error"),
    (StatusError(None), "server_error"),
    (StatusError(200), "server_error"),
    # Within a stream the status is 200, and the body tells.
    (StatusError(200, {"type": "error", "error": {"type": "overloaded_error"}}), "overloaded"),
    (StatusError(200, {"code": "rate_limit_exceeded", "type": "tokens"}), "rate_limit"),
    (StatusError(400, {"error": "text"}), "invalid_request"),
    (StatusError(413, "text"), "request_too_large"),
    (WithAnswer(), "not_found"),
    (TimeoutError(), "timeout"),
    (ReadTimeout(), "timeout"),
    (ProtocolError(), "server_error"),
    (ConnectionResetError(), "server_error"),
    (ValueError("secret"), "server_error"),
]


@pytest.mark.parametrize(("error", "kind"), KINDS, ids=repr)
def test_kinds(error: Exception, kind: str) -> None:
    failure = explain(error)

    assert failure.kind == kind
    assert failure.message in {LOST, MESSAGES[kind]}


def test_a_lost_connection_is_told_as_one() -> None:
    assert explain(ConnectionResetError()) == explain(ProtocolError()) == Failure(LOST)


def test_types_that_a_provider_sends() -> None:
    assert explain_type("rate_limit_error").kind == "rate_limit"
    assert explain_type(None).kind == "server_error"


def test_every_kind_has_a_message_and_a_status() -> None:
    assert MESSAGES.keys() == STATUSES.keys()
    assert Failure("m", "not_found").status_code == 404


@pytest.mark.parametrize("kind", STATUSES)
@pytest.mark.parametrize("protocol", MODULES)
def test_every_kind_has_an_answer_in_each_protocol(protocol: str, kind: str) -> None:
    body = MODULES[protocol].error_body(Failure("no é", kind))

    assert "no é" in body.decode()


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"kind is 'broken', expected one of invalid_request, "):
        Failure("m", "broken")
