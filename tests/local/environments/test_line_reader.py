"""What functions print, however they print it."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from streambda.local.environments import line_reader
from streambda.local.environments.line_reader import LineReader
from tests.support.wait_until import wait_until

PIPE_BYTES = 64 * 1024


class Pipe:
    """A pipe as a function has one, and its reader."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.read_end, self.write_end = os.pipe()
        self.reader = LineReader(self.read_end, self.lines.append)

    def write(self, data: bytes) -> None:
        os.write(self.write_end, data)


@pytest.fixture
async def pipe() -> AsyncIterator[Pipe]:
    made = Pipe()
    yield made
    made.reader.close()
    os.close(made.write_end)


def write_for_ever(descriptor: int, data: bytes) -> threading.Thread:
    """Ends when nobody reads any more."""

    def write() -> None:
        try:
            while True:
                os.write(descriptor, data)
        except BrokenPipeError:
            os.close(descriptor)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


async def test_lines_however_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_reader, "LONGEST_LINE", 4)
    pipe = Pipe()
    for data in (b"o", b"ne\r\ntw", b"o\n\nlonger", b" than that\n", b"\xff\n"):
        pipe.write(data)
        pipe.reader.drain()
    os.close(pipe.write_end)
    pipe.reader.close()
    pipe.reader.drain()

    assert pipe.lines == ["one", "two", "", "longer", " than that", "�"]


@pytest.mark.parametrize(
    ("text", "longest"),
    [("aé漢😀" * 9, longest) for longest in (4, 5, 6, 7, 8)] + [("é" * 20, 7), ("😀" * 20, 9)],
)
async def test_pieces_of_a_long_line_do_not_cut_characters(
    text: str, longest: int, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_reader, "LONGEST_LINE", longest)
    for byte in text.encode():
        pipe.write(bytes([byte]))
        pipe.reader.drain()
    await pipe.reader.settle()

    assert len(pipe.lines) > 1
    assert "".join(pipe.lines) == text


@pytest.mark.parametrize("data", [b"x\n", b"x", b"\n", b"x" * 5000, b"\r", b"\xf0\x9f"])
async def test_printing_without_pause_leaves_time_for_everything_else(data: bytes) -> None:
    """The thread writes for ever: what is awaited here comes all the same."""
    lines = 0

    def count(line: str) -> None:
        nonlocal lines
        lines += 1

    read_end, write_end = os.pipe()
    thread = write_for_ever(write_end, data * 1000)
    reader = LineReader(read_end, count)
    turns = 0
    while lines < 20:
        await asyncio.sleep(0)
        turns += 1
    await reader.settle()
    reader.close()
    await asyncio.to_thread(thread.join, 20)

    assert not thread.is_alive()
    assert turns > 1


async def test_a_slow_log_holds_up_the_function_and_keeps_no_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Back-pressure: while lines wait to be logged, no more are read."""
    monkeypatch.setattr(line_reader, "SLICE_S", 0)
    read_end, write_end = os.pipe()
    lines = 0

    def log(line: str) -> None:
        nonlocal lines
        lines += 1

    os.set_blocking(write_end, False)
    reader = LineReader(read_end, log)
    written = 0
    with suppress(BlockingIOError):
        while True:  # without a turn of the loop nothing is read
            written += os.write(write_end, b"line\n" * 100)
    await wait_until(lambda: lines > 0)

    assert written - lines * 5 <= 2 * PIPE_BYTES
    os.close(write_end)
    await wait_until(lambda: lines * 5 == written)
    reader.close()


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        (b"begun", ["begun"]),
        (b"one\ntwo", ["one", "two"]),
        (b"\r 10%\r 20%", ["\r 10%\r 20%"]),
        (b"one\n", ["one"]),
        (b"", []),
        (b"caf\xc3", ["caf�"]),
    ],
)
async def test_a_line_without_an_end_is_logged_when_the_log_is_settled(
    written: bytes, logged: list[str], pipe: Pipe
) -> None:
    if written:
        pipe.write(written)
    await pipe.reader.settle()
    assert pipe.lines == logged

    pipe.write(b"next\n")
    await pipe.reader.settle()
    assert pipe.lines == [*logged, "next"]


async def test_what_is_printed_last_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_reader, "CLOSING_S", 0)
    monkeypatch.setattr(line_reader, "LAST_BYTES", 10)
    pipe = Pipe()
    pipe.write(b"12345\n" * 3)
    pipe.reader.close()
    os.close(pipe.write_end)

    assert pipe.lines == ["12345", "12345", "(6 bytes that it printed last are left out)"]


async def test_an_end_that_a_child_keeps_open_is_no_reason_to_wait() -> None:
    pipe = Pipe()
    pipe.write(b"last words")
    pipe.reader.close()  # the write end is still open

    assert pipe.lines == ["last words"]
    with pytest.raises(BrokenPipeError):
        pipe.write(b"more")
    os.close(pipe.write_end)
