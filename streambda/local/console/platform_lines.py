"""What Lambda's own lines in a log tell of an invocation, in both log formats. No I/O."""

import json
import re

# START with the format Text, platform.start with JSON; and so below.
START = re.compile(r'START RequestId: |\{.*"platform\.start"')
REPORT = re.compile(r"(?:REPORT RequestId|INIT_REPORT)\b.*?\bInit Duration: ([\d.]+) ms")

# Which of a JSON event's metrics is the time of an init phase.
INIT_METRICS = {"platform.report": "initDurationMs", "platform.initReport": "durationMs"}


def tells_start(line: str) -> bool:
    return START.match(line) is not None


def init_ms(line: str) -> float | None:
    """How long the init phase took, in milliseconds; None in all but a cold start's report."""
    if found := REPORT.match(line):
        return float(found[1])
    return _of_event(line) if '"platform.' in line else None


def _of_event(line: str) -> float | None:
    try:
        event = json.loads(line)
        metric = INIT_METRICS[event["type"]]
        return float(event["record"]["metrics"][metric])
    except (KeyError, TypeError, ValueError):
        # An event of another kind, a report without it, or a line of the function's own.
        return None
