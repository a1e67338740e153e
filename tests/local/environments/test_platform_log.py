"""The platform's reports as lines of a function's log, as text and as JSON."""

import json

import pytest

from streambda.local.environments.platform_log import choose_platform_log
from streambda.local.model.platform_reports import (
    InitPhase,
    InitReport,
    InvocationReport,
    InvocationStart,
    PlatformReport,
    ReportStatus,
    cold_start_s,
)

START = InvocationStart(request_id="r")
INIT_TIMEOUT = InitReport(duration_s=10, phase=InitPhase.INIT, status=ReportStatus.TIMEOUT)
INIT_CRASH = InitReport(
    duration_s=0.25,
    phase=InitPhase.INIT,
    status=ReportStatus.ERROR,
    error_type="Extension.Crash",
)
COLD = InvocationReport(
    request_id="r", duration_s=0.25, memory_mb=256, max_memory_used_mb=40, init_s=0.1
)
CRASH = InvocationReport(
    request_id="r",
    duration_s=0.25,
    memory_mb=256,
    max_memory_used_mb=40,
    status=ReportStatus.ERROR,
    error_type="Runtime.ExitError",
)

METRICS = {
    "durationMs": 250,
    "billedDurationMs": 250,
    "memorySizeMB": 256,
    "maxMemoryUsedMB": 40,
}


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (START, ["START RequestId: r Version: $LATEST"]),
        (
            INIT_TIMEOUT,
            ["INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"],
        ),
        (
            INIT_CRASH,
            [
                (
                    "INIT_REPORT Init Duration: 250.00 ms\tPhase: init\tStatus: error\t"
                    "Error Type: Extension.Crash"
                )
            ],
        ),
        (
            COLD,
            [
                "END RequestId: r",
                (
                    "REPORT RequestId: r\tDuration: 250.00 ms\tBilled Duration: 350 ms\t"
                    "Memory Size: 256 MB\tMax Memory Used: 40 MB\tInit Duration: 100.00 ms\t"
                ),
            ],
        ),
        (
            CRASH,
            [
                "END RequestId: r",
                (
                    "REPORT RequestId: r\tDuration: 250.00 ms\tBilled Duration: 250 ms\t"
                    "Memory Size: 256 MB\tMax Memory Used: 40 MB\t"
                    "Status: error\tError Type: Runtime.ExitError\t"
                ),
            ],
        ),
    ],
)
def test_text(report: PlatformReport, lines: list[str]) -> None:
    assert list(choose_platform_log("Text")(report)) == lines


@pytest.mark.parametrize(
    ("report", "event", "record"),
    [
        (START, "platform.start", {"requestId": "r", "version": "$LATEST"}),
        (
            INIT_TIMEOUT,
            "platform.initReport",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "status": "timeout",
                "metrics": {"durationMs": 10_000},
            },
        ),
        (
            COLD,
            "platform.report",
            {
                "requestId": "r",
                "status": "success",
                "metrics": {**METRICS, "billedDurationMs": 350, "initDurationMs": 100},
            },
        ),
        (
            CRASH,
            "platform.report",
            {
                "requestId": "r",
                "status": "error",
                "errorType": "Runtime.ExitError",
                "metrics": METRICS,
            },
        ),
    ],
)
def test_json(report: PlatformReport, event: str, record: dict[str, object]) -> None:
    [line] = choose_platform_log("JSON")(report)

    document = json.loads(line)
    assert (document["type"], document["record"]) == (event, record)
    assert document["time"].endswith("Z")


@pytest.mark.parametrize(
    ("report", "seconds"), [(START, None), (INIT_TIMEOUT, 10), (COLD, 0.1), (CRASH, None)]
)
def test_a_cold_start_is_in_the_report_of_its_init_phase(
    report: PlatformReport, seconds: float | None
) -> None:
    assert cold_start_s(report) == seconds
