"""What Lambda does with an event whose invocation has failed, in words. No I/O.

"How Lambda handles errors and retries with asynchronous invocation", Lambda developer guide. Here
nothing is tried again: what has failed once would fail again, and its log would be there three
times.
"""

from streambda.local.invocation.failures import ErrorType, Failure
from streambda.local.model.triggers import EventInvokeConfig

ATTEMPTS = {
    0: "would not try it again",
    1: "would try it again after 1 minute",
    2: "would try it again after 1 minute, and after 2 more",
}
MOST_ATTEMPTS = max(ATTEMPTS)  # if a function does not configure it


def describe_failed_event(
    request_id: str, failure: Failure, config: EventInvokeConfig | None
) -> str | None:
    """One line; None for a failure that only this machine can have."""
    if ErrorType.SHUT_DOWN in (failure.details or ""):
        return None
    attempts = config.max_retries if config else None
    on_aws = ATTEMPTS.get(MOST_ATTEMPTS if attempts is None else attempts, ATTEMPTS[MOST_ATTEMPTS])
    target = config.on_failure if config else None
    then = f", then send it to {target}" if target else ""
    return f"the event of {request_id} has failed; AWS {on_aws}{then}"
