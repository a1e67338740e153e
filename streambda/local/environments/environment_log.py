"""The log of one environment: what its process prints, and what Lambda's platform reports."""

from streambda.local.environments.platform_log import choose_platform_log
from streambda.local.environments.printed_lines import PrintedLines
from streambda.local.environments.telemetry_events import publish_report
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.log_lines import WriteLine
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.platform_reports import PlatformReport
from streambda.local.runtime_api.telemetry import Telemetry


class EnvironmentLog:
    """Args: `write` gets each line, and the id of the invocation that it belongs to."""

    def __init__(self, write: WriteLine, log_format: str) -> None:
        self.write = write
        self.telemetry: Telemetry | None = None  # hears of reports, too
        self._write_report = choose_platform_log(log_format)
        self._printed = PrintedLines()
        self._stream: InvocationStream | None = None

    @property
    def request_id(self) -> str:
        return self._stream.request.request_id if self._stream else "-"

    def begin(self, stream: InvocationStream) -> None:
        """Lines are those of this invocation, from now on."""
        self._stream = stream

    def end(self) -> None:
        self._stream = None

    def note(self, line: str) -> None:
        """About the environment itself, whatever invocation there is."""
        self.write(line, None)

    def add(self, line: str) -> None:
        if self._stream:
            self._stream.log(line)
        self.write(line, self._stream.request.request_id if self._stream else None)

    def add_printed(self, line: str) -> None:
        self._printed.add(line)
        self.add(line)

    def add_failure(self, failure: Failure) -> None:
        self.add(failures.describe(failure))

    def has_printed(self, failure: Failure) -> bool:
        """Whether the process has itself printed what `failure` says."""
        return self._printed.have(failure)

    def report(self, report: PlatformReport) -> None:
        """As lines, the last of which stands for the report."""
        *before, last = self._write_report(report)
        for line in before:
            self.add(line)
        if self._stream:
            self._stream.announce(report)
        self.add(last)
        publish_report(self.telemetry, report, self._stream)
