"""Frames on a real descriptor: a datagram socket, where each system call is one message."""

import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streambda_runtime.platform import telemetry

LAMBDA_SRC = str(Path(__file__).parents[3] / "lambda_src")
WAIT_S = 20.0
TEXT = 0xA55A0003


class Platform:
    """Lambda's end of the descriptor."""

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.settimeout(WAIT_S)
        self.fd = self.theirs.fileno()

    def message(self) -> bytes:
        return self._ours.recv(1 << 20)

    def frame(self) -> tuple[int, str]:
        """Type and text of the next frame; its length and time are checked."""
        data = self.message()
        kind, length, at = (int.from_bytes(data[a:b], "big") for a, b in ((0, 4), (4, 8), (8, 16)))
        assert length == len(data) - 16
        assert abs(at / 1e6 - time.time()) < 60
        return kind, data[16:].decode()

    def close(self) -> None:
        self._ours.close()
        self.theirs.close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    yield platform
    platform.close()


def run(platform: Platform, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` in a process as Lambda would start it, with the log set up."""
    start = (
        f"import os, sys\nsys.path.insert(0, {LAMBDA_SRC!r})\n"
        "from streambda_runtime import logs\nlogs.set_up(os.environ)\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", start + code],
        env={"_LAMBDA_TELEMETRY_LOG_FD": str(platform.fd)} | environ,
        pass_fds=(platform.fd,),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


# The table of awslambdaric 4.2.2.
@pytest.mark.parametrize(
    ("level", "text", "json"),
    [
        (0, 0xA55A0003, 0xA55A0002),
        (10, 0xA55A000B, 0xA55A000A),
        (20, 0xA55A000F, 0xA55A000E),
        (25, 0xA55A000F, 0xA55A000E),
        (30, 0xA55A0013, 0xA55A0012),
        (40, 0xA55A0017, 0xA55A0016),
        (50, 0xA55A001B, 0xA55A001A),
        (99, 0xA55A001B, 0xA55A001A),
        (-1, 0xA55A0003, 0xA55A0002),
        (5, 0xA55A0003, 0xA55A0002),
    ],
)
def test_the_type_tells_format_and_level(
    platform: Platform, level: int, text: int, json: int
) -> None:
    sink = telemetry.Sink(platform.fd)

    sink.record("a\nb", level)
    sink.record("{}", level, json=True)

    assert platform.frame() == (text, "a\nb\n")
    assert platform.frame() == (json, "{}\n")


def test_the_bytes_of_a_frame(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_123_456_789)

    telemetry.Sink(platform.fd).record("\u00fc", 40)

    expected = "a55a0017 00000003 00060a2418202240 c3bc0a"  # type, length, microseconds, text
    assert platform.message() == bytes.fromhex(expected)


def test_a_line_is_a_record_as_soon_as_it_is_whole(platform: Platform) -> None:
    stream = telemetry.FramedStream(io.StringIO(), telemetry.Sink(platform.fd))

    print("one", 2, file=stream)
    stream.write("a\nb\nno end")
    stream.writelines([" yet", "!\n"])
    print("no end", end="", file=stream, flush=True)
    stream.flush()
    print(file=stream)

    lines = [platform.frame() for _ in range(6)]
    assert [line for _, line in lines] == [
        "one 2\n",
        "a\n",
        "b\n",
        "no end yet!\n",
        "no end\n",
        "\n",
    ]
    assert {kind for kind, _ in lines} == {TEXT}


def test_a_line_without_end_is_not_gathered_for_ever(platform: Platform) -> None:
    stream = telemetry.FramedStream(io.StringIO(), telemetry.Sink(platform.fd))

    stream.write("x" * 9000)

    assert platform.frame() == (TEXT, "x" * 9000 + "\n")


def test_what_utf_8_cannot_hold_is_shown_not_raised(platform: Platform) -> None:
    telemetry.Sink(platform.fd).record("\udcff")

    assert platform.frame() == (TEXT, "\\udcff\n")


def test_the_rest_of_the_stream_is_the_standard_one(platform: Platform) -> None:
    standard = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    stream = telemetry.FramedStream(standard, telemetry.Sink(platform.fd))

    assert (stream.encoding, stream.buffer) == ("utf-8", standard.buffer)
    with pytest.raises(TypeError):
        stream.write(b"bytes")  # type: ignore[arg-type]


def test_a_frame_that_is_taken_in_part_is_sent_to_its_end() -> None:
    """A full pipe takes what fits once a signal arrives: here, half of it in each call."""
    taken: list[bytes] = []

    def half(fd: int, data: bytes) -> int:
        part = data[: (len(data) + 1) // 2]
        taken.append(part)
        return len(part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.write", half)
        telemetry.Sink(-1).record("x" * 100)

    assert len(taken) > 2
    assert b"".join(taken)[16:] == b"x" * 100 + b"\n"


def test_lines_of_many_threads_are_neither_lost_nor_mixed() -> None:
    read, write = os.pipe()
    stream = telemetry.FramedStream(io.StringIO(), telemetry.Sink(write))
    line = "y" * 5000  # more than a pipe takes in one piece

    def speak() -> None:
        for _ in range(50):
            stream.write(line + "\n")

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for thread in threads:
        thread.start()
    with open(read, "rb") as pipe:  # noqa: PTH123
        frames = [(pipe.read(16), pipe.read(5001)) for _ in range(200)]
    for thread in threads:
        thread.join(WAIT_S)
    os.close(write)

    assert {frame[4:8] for frame, _ in frames} == {(5001).to_bytes(4, "big")}
    assert {text for _, text in frames} == {line.encode() + b"\n"}


@pytest.mark.parametrize("number", ["", "x", "-1", "1000000", "9" * 40])
def test_a_descriptor_that_is_not_open_is_none(number: str) -> None:
    assert telemetry.open_sink(number) is None


def test_all_that_is_written_is_framed_and_nothing_left_for_child_processes(
    platform: Platform,
) -> None:
    code = (
        "import subprocess\n"
        "print('printed')\n"
        "print('complained', file=sys.stderr)\n"
        "logs.log('of the runtime')\n"
        "child = subprocess.run([sys.executable, '-I', '-S', '-c', '''if True:\n"
        "   import os\n"
        "   print('_LAMBDA_TELEMETRY_LOG_FD' in os.environ, os.path.exists(\"/proc/self/fd/%s\"))"
        "'''], close_fds=False)\n"
        "1/0\n"
    ).replace("%s", str(platform.fd))
    done = run(platform, code)

    assert (done.stdout, done.stderr) == ("False False\n", "")
    frames = [platform.frame() for _ in range(3)]
    assert frames == [
        (TEXT, "printed\n"),
        (TEXT, "complained\n"),
        (0xA55A0017, "[streambda] of the runtime\n"),
    ]
    platform.theirs.close()
    assert platform.frame() == (TEXT, "Traceback (most recent call last):\n")


def test_no_line_is_lost_when_the_process_ends_on_the_spot(platform: Platform) -> None:
    done = run(platform, "print('last words'); os.kill(os.getpid(), 9)")

    assert done.returncode == -9
    assert platform.frame() == (TEXT, "last words\n")


def test_a_child_forked_while_a_thread_writes_can_write(platform: Platform) -> None:
    code = (
        "import threading\n"
        "held, done = threading.Event(), threading.Event()\n"
        "def hold():\n"
        "    with logs._sink.lock:\n"
        "        held.set(); done.wait()\n"
        "threading.Thread(target=hold).start()\n"
        "held.wait()\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    print('from the child'); os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "done.set()\n"
    )
    assert run(platform, code).returncode == 0

    assert platform.frame() == (TEXT, "from the child\n")
