"""What the Lambda platform reports of a function: a cold start, an invocation's start and its end.

`environments/platform_log.py` writes each of these as lines of the function's log. Who wants the
values, such as the console, reads them here and not in the lines. No I/O.
"""

import math
from dataclasses import dataclass
from enum import StrEnum


class InitPhase(StrEnum):
    """Where an init phase runs. Lambda repeats one that takes too long, within the invocation."""

    INIT = "init"
    INVOKE = "invoke"


class ReportStatus(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"  # the runtime reported an error
    ERROR = "error"  # the process ended
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationStart:
    """START, or the event platform.start."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """INIT_REPORT, or the event platform.initReport: written only if the init phase failed.

    The `init_s` of an `InvocationReport` tells how long a successful one took.
    """

    duration_s: float
    phase: InitPhase
    status: ReportStatus
    error_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationReport:
    """END and REPORT, or the event platform.report."""

    request_id: str
    duration_s: float
    memory_mb: int  # what the function may use
    max_memory_used_mb: int
    init_s: float | None = None  # the first invocation of an environment only: its cold start
    status: ReportStatus = ReportStatus.SUCCESS
    error_type: str | None = None

    @property
    def billed_ms(self) -> int:
        # The init phase is billed with the invocation, for every function since August 2025.
        return math.ceil((self.duration_s + (self.init_s or 0)) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionReport:
    """EXTENSION, or the event platform.extension: at the end of the init phase."""

    name: str
    state: str
    events: tuple[str, ...]


PlatformReport = InvocationStart | InitReport | InvocationReport | ExtensionReport


def cold_start_s(report: PlatformReport) -> float | None:
    """How long the init phase took, in seconds; None if the report is of none."""
    match report:
        case InitReport():
            return report.duration_s
        case InvocationReport():
            return report.init_s
        case InvocationStart() | ExtensionReport():
            return None
