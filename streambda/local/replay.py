"""`streambda replay`: shows recorded invocations as they went, and sends them again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.text import Text

from streambda.local.console.original_request import find_original_request
from streambda.local.http.prelude import PreludeError, parse_prelude
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import escape_controls
from streambda.local.records.masks import has_mask
from streambda.local.records.record import Chunk, InvocationRecord, LoggedLine, Outcome
from streambda.local.records.record_file import read_records
from streambda.local.records.secret_texts import MASK
from streambda.local.send_again import check_lambda_url, send_again

SHOWN_CHARS = 60
ID_CHARS = 8

SAME, DIFFERENT = 0, 1
NO_SECRETS = f"  its secrets were not recorded: the function gets {MASK} in their place"
OUTCOMES = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Args:
    ids: Beginnings of request ids; all records if there are none.
    of: A part of the function's name; empty for all.
    outcomes: completed, failed or timed-out; all if there are none.
    lists: Whether there is one line for each record, and no more.
    speed: How many times faster than it went; 0 for at once.
    to: The Lambda API of a local cloud that gets the events again; None to show only.
    function: The function that gets them; that of each record by default.
    """

    path: Path
    ids: tuple[str, ...] = ()
    of: str = ""
    outcomes: tuple[str, ...] = ()
    lists: bool = False
    speed: float = 1.0
    to: str | None = None
    function: str | None = None


async def replay(
    options: ReplayOptions, console: Console, warn: Callable[[str], None] = lambda line: None
) -> int:
    """`SAME`, or `DIFFERENT` if an answer was another one. Raises `LocalCloudError`.

    Args: `warn` takes a line about a record that is cut off.
    """
    _check(options)
    records = await asyncio.to_thread(lambda: select_records(options, warn))
    printer = _Printer(console, options.speed)
    status = SAME
    for number, record in enumerate(records, 1):
        if options.lists:
            printer.print(_describe_record(record))
            continue
        printer.print_title(record, f"{number} of {len(records)}")
        if options.to is None:
            await printer.print_timeline(record)
            continue
        if has_mask(record.event.data):
            printer.print(NO_SECRETS)
        answer = await send_again(record, options.to, options.function)
        printer.print_at_once(answer)
        differences = list(list_differences(record, answer))
        if differences:
            status = DIFFERENT
        printer.print(f"  {'differs: ' + '; '.join(differences) if differences else 'same'}")
        printer.print(f"  then {describe_pace(record)}; now {describe_pace(answer)}")
    return status


def _check(options: ReplayOptions) -> None:
    if not 0 <= options.speed < float("inf"):
        raise LocalCloudError(f"--speed is {options.speed:g}, expected 0 or more")
    for outcome in options.outcomes:
        if outcome not in OUTCOMES:
            expected = f"{', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}"
            raise LocalCloudError(f"--outcome is {outcome!r}, expected {expected}")
    if options.to is not None:
        check_lambda_url(options.to)
        if options.lists:
            raise LocalCloudError("both --list and --to are given, expected one of them")
    elif options.function is not None:
        raise LocalCloudError(f"--function is {options.function!r}, expected --to URL with it")


def select_records(
    options: ReplayOptions, warn: Callable[[str], None] = lambda line: None
) -> list[InvocationRecord]:
    """The records that are asked for, in the order of the file.

    Raises `LocalCloudError` if there are none, and for an id that none has.
    """
    records = list(read_records(options.path, warn))
    for one in options.ids:
        if not any(record.request_id.startswith(one) for record in records):
            raise LocalCloudError(f"{options.path} has no record of an invocation {one!r}")
    chosen = [
        record
        for record in records
        if (not options.ids or record.request_id.startswith(options.ids))
        and options.of in record.function
        and (not options.outcomes or record.end.outcome in options.outcomes)
    ]
    if records and not chosen:
        raise LocalCloudError(
            f"no record in {options.path} matches --id, --of and --outcome: --list without them "
            "shows all"
        )
    if not chosen:
        raise LocalCloudError(
            f"{options.path} has no records yet: an invocation is written when it ends"
        )
    return chosen


def list_differences(before: InvocationRecord, now: InvocationRecord) -> Iterator[str]:
    """In what two answers differ, in words. Times and chunks do not count, the bytes do."""
    if before.end.outcome != now.end.outcome:
        yield f"{before.end.outcome} then, {now.end.outcome} now"
    elif before.end.code != now.end.code:
        yield f"error {before.end.code} then, {now.end.code} now"
    if (old := read_status(before)) != (new := read_status(now)):
        yield f"status {old} then, {new} now"
    old_body, new_body = _read_body(before), _read_body(now)
    if old_body != new_body:
        yield f"{len(old_body):,} bytes then, {describe_bytes(old_body, new_body)}"


def _read_body(record: InvocationRecord) -> bytes:
    """An error in a stream names the request, and no two have the same id."""
    own = record.request_id.encode()
    return record.body.replace(own, b"-" * len(own)) if own else record.body


def describe_bytes(before: bytes, now: bytes) -> str:
    """How long the other body is, and where it differs."""
    pairs = enumerate(zip(before, now, strict=False))
    at = next((n for n, (old, new) in pairs if old != new), min(len(before), len(now)))
    return f"{len(now):,} bytes now, another from byte {at:,} on"


def describe_pace(record: InvocationRecord) -> str:
    first = f"first byte {record.chunks[0].at_ms / 1000:.3f} s, " if record.chunks else ""
    return f"{len(record.chunks):,} chunks, {first}end {record.end.at_ms / 1000:.3f} s"


def read_status(record: InvocationRecord) -> int | None:
    """The status of the prelude; None without one."""
    if record.prelude is None:
        return None
    try:
        return parse_prelude(record.prelude.data).status
    except PreludeError:
        return None


class _Printer:
    def __init__(self, console: Console, speed: float) -> None:
        self._console = console
        self._speed = speed

    def print(self, text: str, style: str = "") -> None:
        """One line, in which nothing is left that a terminal obeys."""
        line = escape_controls(text, self._console.encoding)
        with suppress(OSError, ValueError):  # who reads has gone
            self._console.print(Text(line, style), highlight=False, soft_wrap=True, markup=False)

    def print_title(self, record: InvocationRecord, number: str) -> None:
        parts = (
            number,
            record.function,
            record.request_id[:ID_CHARS],
            record.endpoint,
            _find_title(record),
            _format_time(record.started_at_ms),
        )
        self.print("  ".join(part for part in parts if part), "bold")

    async def print_timeline(self, record: InvocationRecord) -> None:
        """Line by line, each when it happened."""
        before_ms = 0.0
        for at_ms, text in _list_lines(record):
            if self._speed:
                await asyncio.sleep(max(0.0, at_ms - before_ms) / 1000 / self._speed)
            before_ms = max(before_ms, at_ms)
            self.print(text)

    def print_at_once(self, record: InvocationRecord) -> None:
        for _, text in _list_lines(record):
            self.print(text)


def _find_title(record: InvocationRecord) -> str:
    event = record.event.data.decode("utf-8", "replace")
    original = find_original_request(record.endpoint, event)
    return original.title if original else ""


def _describe_record(record: InvocationRecord) -> str:
    """One line of the list."""
    end = record.end
    return "  ".join(
        (
            f"{record.request_id[:ID_CHARS]:{ID_CHARS}}",
            _format_time(record.started_at_ms),
            f"{end.outcome:9}",
            f"{record.status or read_status(record) or '-':>3}",
            f"{end.at_ms / 1000:8.3f} s",
            f"{len(record.body):>11,} B",
            record.function,
            _find_title(record) or record.endpoint,
        )
    ).rstrip()


def _list_lines(record: InvocationRecord) -> Iterator[tuple[float, str]]:
    prelude = (record.prelude,) if record.prelude else ()
    for one in sorted((*prelude, *record.chunks, *record.log), key=lambda one: one.at_ms):
        if isinstance(one, LoggedLine):
            what = f"log      {one.text}"
        elif one is record.prelude:
            what = f"prelude  status {read_status(record) or 'cannot be read'}"
        else:
            what = _describe_chunk(one)
        yield one.at_ms, _format_line(one.at_ms, what)
    if record.omitted:
        omitted = record.omitted
        what = (
            f"omitted  {omitted.chunks:,} chunks, {omitted.bytes:,} bytes, {omitted.lines:,} lines"
        )
        yield record.end.at_ms, _format_line(record.end.at_ms, what)
    end = record.end
    reason = "".join(f" {part}" for part in (end.code, end.details) if part)
    status = f"status {record.status}, " if record.status and not record.prelude else ""
    sizes = f"{len(record.chunks):,} chunks, {len(record.body):,} bytes"
    what = f"{end.outcome}, {status}{sizes}{reason}"
    yield end.at_ms, _format_line(end.at_ms, what)


def _describe_chunk(chunk: Chunk) -> str:
    data = chunk.data
    text = data[:SHOWN_CHARS].decode("utf-8", "backslashreplace")
    return f"{len(data):>6,} B  {text}"


def _format_line(at_ms: float, what: str) -> str:
    return f"  {at_ms / 1000:9.3f} s  {what}"


def _format_time(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000).astimezone().isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return str(ms)
