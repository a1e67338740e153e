"""How many execution environments a function may have, and what one of them may take. No I/O."""

from dataclasses import dataclass

from streambda.local.model.errors import LocalCloudError

# A laptop's share of the 1,000 concurrent executions of an AWS account.
MOST_ENVIRONMENTS = 10

# AWS names no time: "Lambda maintains the execution environment for some time in anticipation of
# another function invocation" (Lambda execution environment lifecycle). Minutes, by all reports.
IDLE_S = 300.0

# "Init phase … limited to 10 seconds", Lambda execution environment lifecycle.
INIT_LIMIT_S = 10.0

# From the last byte of a response to the runtime's next question it is a fraction of this.
SETTLE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentOptions:
    """What a cloud allows the environments of its functions.

    Args:
        concurrency: How many invocations of one function may be in flight, where the template
            reserves no number of its own.
        idle_s: Seconds until an environment that nobody uses ends; None for never.
        memory_limit: Whether a function with more than its MemorySize is killed. Looked at ten
            times a second, on Linux only.
        init_s: Seconds that the init phase may take before it is done again as part of the
            invocation.
        settle_s: Seconds that a request waits for an environment whose response is complete and
            whose runtime has not asked for the next invocation yet, before another is started.
    """

    concurrency: int = MOST_ENVIRONMENTS
    idle_s: float | None = IDLE_S
    memory_limit: bool = True
    init_s: float = INIT_LIMIT_S
    settle_s: float = SETTLE_S

    def __post_init__(self) -> None:
        """Raises `LocalCloudError`."""
        if self.concurrency < 0:
            raise LocalCloudError(f"concurrency is {self.concurrency}, expected 0 or more")
        if self.idle_s is not None and self.idle_s <= 0:
            raise LocalCloudError(f"idle time is {self.idle_s:g} s, expected more than 0")
