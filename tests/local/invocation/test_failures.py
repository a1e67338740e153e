"""Failures in Lambda's words."""

import json
from datetime import UTC, datetime

import pytest

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure


def test_time_out_message() -> None:
    failure = failures.timeout("id", 3, datetime(2026, 11, 21, 8, 30, tzinfo=UTC))

    message = "2026-11-21T08:30:00.000Z id Task timed out after 3.00 seconds"
    assert json.loads(failure.details or "")["errorMessage"] == message
    assert failures.describe(failure) == message


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1, "Runtime exited with error: exit status 1"),
        (-9, "Runtime exited with error: signal: killed"),
        (-11, "Runtime exited with error: signal: segmentation fault"),
        (0, "Runtime exited without providing a reason"),
    ],
)
def test_exit_words(status: int, words: str) -> None:
    assert failures.describe_exit(status) == words


@pytest.mark.parametrize(
    ("details", "line"),
    [
        ('{"errorType":"A","errorMessage":"b"}', "A: b"),
        ('"just text"', '"just text"'),
        ("no JSON", "no JSON"),
        (None, "Unhandled"),
    ],
)
def test_a_failure_as_a_line(details: str | None, line: str) -> None:
    assert failures.describe(Failure(code="Unhandled", details=details)) == line
