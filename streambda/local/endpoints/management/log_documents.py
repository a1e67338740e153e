"""Log groups, streams and events of functions, as CloudWatch Logs describes them.

Shapes: the service model of CloudWatch Logs. Every function has a group from the start, which has
its newest lines.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from streambda.local.endpoints.management.documents import Document
from streambda.local.endpoints.management.filter_pattern import parse_filter_pattern
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.paging import LAMBDA, drop_missing, take_page
from streambda.local.invocation.log_groups import LogEvent
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode

TARGET = "Logs_20140328."
PREFIX = "/aws/lambda/"

NO_GROUP = "The specified log group does not exist."
NO_STREAM = "The specified log stream does not exist."

MOST_EVENTS = 10_000
# "The default is up to 50", DescribeLogGroups and DescribeLogStreams.
PAGES = replace(
    LAMBDA,
    marker="nextToken",
    size="limit",
    wrong_marker=(ErrorCode.INVALID_PARAMETER, "The specified nextToken is invalid."),
)

Input = Mapping[str, Any]


class LogDocuments:
    """Each public method is an operation. Raises `AwsError`."""

    def __init__(self, inventory: Inventory, names: FunctionNames) -> None:
        self._inventory = inventory
        self._names = names

    def describe_groups(self, asked: Input) -> Document:
        prefix, part = asked.get("logGroupNamePrefix") or "", asked.get("logGroupNamePattern") or ""
        found = [
            self._describe_group(one)
            for one in sorted(self._names.functions, key=lambda one: one.name)
            if name_group(one).startswith(prefix) and part in name_group(one)
        ]
        return self._page("logGroups", found, asked)

    def describe_streams(self, asked: Input) -> Document:
        function = self._find(asked)
        prefix = asked.get("logStreamNamePrefix") or ""
        streams = self._inventory.logs.list_streams(function.name)
        found = [
            self._describe_stream(function, name, events)
            for name, events in streams.items()
            if name.startswith(prefix)
        ]
        by_time = asked.get("orderBy") == "LastEventTime"
        key = "lastEventTimestamp" if by_time else "logStreamName"
        found.sort(key=lambda one: one[key], reverse=asked.get("descending") is True)
        return self._page("logStreams", found, asked)

    def get_events(self, asked: Input) -> Document:
        """A token is where to go on, "f" forwards or "b" backwards from the number of an event."""
        function = self._find(asked)
        streams = self._inventory.logs.list_streams(function.name)
        name = str(asked.get("logStreamName") or "")
        if name not in streams:
            raise AwsError(ErrorCode.NO_SUCH_TARGET, NO_STREAM)
        limit = read_limit(asked)
        end = asked.get("endTime")
        events = [
            one
            for one in streams[name]
            if one.at_ms >= asked.get("startTime", 0) and (end is None or one.at_ms < end)
        ]
        way, _, number = str(asked.get("nextToken") or "").partition("/")
        if way == "f":
            at = read_number(number)
            page = [one for one in events if one.number >= at][:limit]
        elif way == "b":
            at = read_number(number)
            page = [one for one in events if one.number < at][-limit:]
        elif way:
            raise AwsError(*PAGES.wrong_marker)
        else:
            at = streams[name][-1].number + 1
            page = events[:limit] if asked.get("startFromHead") else events[-limit:]
        first, last = (page[0].number, page[-1].number + 1) if page else (at, at)
        return {
            "events": [describe_event(one) for one in page],
            "nextForwardToken": f"f/{last:056d}",
            "nextBackwardToken": f"b/{first:056d}",
        }

    def filter_events(self, asked: Input) -> Document:
        """Its token is the number of the event to go on with."""
        function = self._find(asked)
        finds = parse_filter_pattern(str(asked.get("filterPattern") or ""))
        streams = asked.get("logStreamNames")
        prefix = asked.get("logStreamNamePrefix") or ""
        start = read_number(str(asked.get("nextToken") or "0"))
        end = asked.get("endTime")
        limit = read_limit(asked)
        found = [
            one
            for one in self._inventory.logs.list_events(function.name)
            if one.number >= start
            and one.at_ms >= asked.get("startTime", 0)
            and (end is None or one.at_ms <= end)
            and (not streams or one.stream in streams)
            and one.stream.startswith(prefix)
            and finds(one.message)
        ]
        page, rest = found[:limit], found[limit:]
        token = f"{rest[0].number:056d}" if rest else None
        events = [
            {"logStreamName": one.stream, "eventId": f"{one.number:056d}", **describe_event(one)}
            for one in page
        ]
        return drop_missing({"events": events, "searchedLogStreams": [], "nextToken": token})

    def _page(self, name: str, found: Sequence[Document], asked: Input) -> Document:
        query = {one: str(asked[one]) for one in (PAGES.marker, PAGES.size) if one in asked}
        page, marker = take_page(found, query, PAGES)
        return drop_missing({name: page, "nextToken": marker})

    def _find(self, asked: Input) -> LocalFunction:
        """The function of a group, which has a name or an ARN. Raises `AwsError`."""
        text = str(asked.get("logGroupName") or asked.get("logGroupIdentifier") or "")
        name = text.removesuffix(":*").rpartition(":")[2]
        for function in self._names.functions:
            if name_group(function) == name:
                return function
        raise AwsError(ErrorCode.NO_SUCH_TARGET, NO_GROUP)

    def _describe_group(self, function: LocalFunction) -> Document:
        arn = arn_of(function)
        return {
            "logGroupName": name_group(function),
            "creationTime": self._inventory.started_epoch_s * 1000,
            "metricFilterCount": 0,
            "arn": f"{arn}:*",
            "logGroupArn": arn,
            "logGroupClass": "STANDARD",
            "storedBytes": self._inventory.logs.count_bytes(function.name),
        }

    def _describe_stream(
        self, function: LocalFunction, name: str, events: Sequence[LogEvent]
    ) -> Document:
        return {
            "logStreamName": name,
            "creationTime": events[0].at_ms,
            "firstEventTimestamp": events[0].at_ms,
            "lastEventTimestamp": events[-1].at_ms,
            "lastIngestionTime": events[-1].at_ms,
            "uploadSequenceToken": f"{events[-1].number:056d}",
            "arn": f"{arn_of(function)}:log-stream:{name}",
            "storedBytes": 0,  # "As of June 17, 2019, this parameter is no longer supported"
        }


def name_group(function: LocalFunction) -> str:
    return f"{PREFIX}{function.name}"


def arn_of(function: LocalFunction) -> str:
    return function.place.arn("logs", f"log-group:{name_group(function)}")


def describe_event(event: LogEvent) -> Document:
    return {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.at_ms}


def read_limit(asked: Input) -> int:
    limit = asked.get("limit", MOST_EVENTS)
    if not isinstance(limit, int) or limit < 1:
        raise AwsError(ErrorCode.INVALID_PARAMETER, f"limit is {limit!r}, expected 1 or more")
    return min(limit, MOST_EVENTS)


def read_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 56):
        raise AwsError(*PAGES.wrong_marker)
    return int(text)


OPERATIONS: Mapping[str, Callable[[LogDocuments, Input], Document]] = {
    "DescribeLogGroups": LogDocuments.describe_groups,
    "DescribeLogStreams": LogDocuments.describe_streams,
    "FilterLogEvents": LogDocuments.filter_events,
    "GetLogEvents": LogDocuments.get_events,
}


def answer_logs(documents: LogDocuments, operation: str, body: bytes) -> Document:
    """Raises `AwsError`."""
    try:
        asked = json.loads(body or b"{}")
        if not isinstance(asked, dict):
            raise ValueError
        return OPERATIONS[operation](documents, asked)
    except (RecursionError, TypeError, ValueError) as error:
        message = f"the body is not the input of {operation}"
        raise AwsError(ErrorCode.INVALID_PARAMETER, message) from error
