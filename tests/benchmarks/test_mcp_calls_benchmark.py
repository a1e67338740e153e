"""The benchmark of MCP calls: its request is one call in both of its forms, with progress."""

import json
import re

from benchmarks.mcp_calls.calls import FIRST_PROGRESS, QUICK, TARGETS, WORKLOADS, Call
from benchmarks.mcp_calls.subjects import SUBJECTS_BY_NAME
from benchmarks.runtime import peers
from benchmarks.runtime.measures import Results
from benchmarks.runtime.paths import ROOT
from streambda_runtime import mcp, testing
from tests.support.mcp_messages import read_frames


def test_the_event_and_the_request_are_the_same_call() -> None:
    call = Call("call", 1, 64)
    head, _, body = call.http_request.decode().partition("\r\n\r\n")
    event = json.loads(call.event)

    sent = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])

    assert head.startswith("POST /mcp HTTP/1.1\r\n")
    assert (sent, body) == (event["headers"], event["body"])
    assert int(sent["content-length"]) == len(body)


def test_the_call_reports_progress_and_ends() -> None:
    from benchmarks.subjects.mcp_app import server  # it sets up logging

    result = testing.run(mcp(server), json.loads(Call("call", 1, 64).event))

    progress, answer = read_frames(result.body)
    assert progress["method"] == "notifications/progress"
    assert answer["result"]["structuredContent"] == {"result": "done"}


def test_what_is_measured_has_figures_and_a_peer() -> None:
    assert {work.name for work in QUICK} == {work.name for work in WORKLOADS}
    [target] = TARGETS
    names = {target.subject, target.peer}
    results = Results({(FIRST_PROGRESS.name, name): [1.0] for name in names})

    assert names <= SUBJECTS_BY_NAME.keys()
    assert target.find_result(results) == 1.0


def test_its_pins_name_no_registry_and_are_those_of_the_tests() -> None:
    pins = peers.MCP_PINS.read_text()
    lock = (ROOT / "requirements.txt").read_text()

    assert "://" not in pins
    versions = [re.search(r"^mcp==\S+", text, re.MULTILINE) for text in (pins, lock)]
    assert versions[0] is not None
    assert versions[1] is not None
    assert versions[0][0] == versions[1][0]
