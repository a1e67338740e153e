"""How many execution environments a function may have, and their limits. No I/O."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from streambda.local.environments.shown_paths import FindSource, no_source
from streambda.local.model.constants import DUMMY_CREDENTIALS
from streambda.local.model.errors import LocalCloudError

# A laptop's share of the 1,000 concurrent executions of an AWS account.
CONCURRENCY = 10

# AWS names no time: "Lambda maintains the execution environment for some time in anticipation of
# another function invocation" (Lambda execution environment lifecycle). Minutes, by all reports.
IDLE_S = 300.0

# "Init phase … limited to 10 seconds", Lambda execution environment lifecycle.
INIT_LIMIT_S = 10.0

# A runtime asks for the next invocation within a fraction of this after a response's last byte.
SETTLE_S = 0.1


def dummy_credentials() -> Mapping[str, str]:
    return DUMMY_CREDENTIALS


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentOptions:
    """What a cloud allows the environments of its functions.

    Args:
        concurrency: The maximum number of concurrent invocations of one function, where the
            template reserves no number for it.
        idle_s: Seconds until an environment that is not used ends; None for never.
        memory_limit: Whether a function that uses more than its MemorySize is killed. Checked ten
            times a second, on Linux only.
        init_s: Seconds that the init phase may take before it is repeated as part of the
            invocation.
        settle_s: Seconds that a request waits for an environment whose response is complete and
            whose runtime has not yet asked for the next invocation. Then another is started.
        timeout_s: Seconds that an invocation may take, in place of the function's own Timeout.
        debug_ports: By the names of functions that run under a debugger.
        credentials: Gives a function's credentials as variables; called with every cold start, in
            a thread of its own.
        find_source: Gives the path to show in place of a file of a function's code, in its log.
        log_stream: The name of one environment's log stream; "" for a new one.
    """

    concurrency: int = CONCURRENCY
    idle_s: float | None = IDLE_S
    memory_limit: bool = True
    init_s: float = INIT_LIMIT_S
    settle_s: float = SETTLE_S
    timeout_s: float | None = None
    debug_ports: Mapping[str, int] = field(default_factory=dict)
    credentials: Callable[[], Mapping[str, str]] = dummy_credentials
    find_source: FindSource = no_source
    log_stream: str = ""

    def __post_init__(self) -> None:
        """Raises `LocalCloudError`."""
        if self.concurrency < 0:
            raise LocalCloudError(f"concurrency is {self.concurrency}, expected 0 or more")
        if self.idle_s is not None and self.idle_s <= 0:
            raise LocalCloudError(f"idle time is {self.idle_s:g} s, expected more than 0")

    def debugs(self, name: str) -> bool:
        return name in self.debug_ports

    def of_function(self, name: str) -> "EnvironmentOptions":
        """A function in a debugger has no time limits, and one process."""
        if not self.debugs(name):
            return self
        return replace(
            self,
            concurrency=1,
            idle_s=None,
            memory_limit=False,  # the debugger needs some too
            init_s=math.inf,
            timeout_s=math.inf,
        )
