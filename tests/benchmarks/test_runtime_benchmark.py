"""The benchmark runs to its end, and notices what did not arrive."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.runtime import subjects
from benchmarks.runtime.stopwatch import CpuPlacement, SubjectFailed, measure_session
from benchmarks.runtime.subjects import Machine, Subject
from benchmarks.runtime.workloads import COLD, LISTS, PACED, Workload

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TEN = Workload("ten", 10, 64, invocations=2, pinned=False)
ANYWHERE = CpuPlacement(None, None, fifo=False)


@pytest.mark.timeout(280)  # on a busy machine
def test_a_quick_run_measures_every_subject_and_judges_every_target(
    machine: Machine, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    names = "floor_c,floor_py,streambda"

    command = [sys.executable, "-m", "benchmarks.runtime", "--quick", "--subjects", names]
    done = subprocess.run(
        [*command, "--json", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=260
    )

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(out.read_text())
    assert document["notes"] == []
    measured = {row["measure"] for row in document["figures"] if row["median"] is not None}
    assert {"cold init, CPU", "warm cycle p50", "TTFB p50", "1,000 x 64 B"} <= measured
    judged = {one["measure"] for one in document["targets"] if one["met"] is not None}
    assert {"cold init, CPU", "warm cycle p50", "TTFB p50", "100 x 64 KiB"} <= judged
    assert "| streambda, ratio to" in done.stdout


@pytest.mark.parametrize("make", [subjects.floor_c, subjects.floor_py, subjects.http_client])
def test_stamped_items_arrive_and_their_latency_is_taken(
    machine: Machine, make: Callable[[Machine], Subject]
) -> None:
    work = replace(PACED, count=5, invocations=1, warm_up=0, pinned=False)

    session = measure_session(machine.programs["stopwatch"], make(machine), work, ANYWHERE)

    (invocation,) = session.invocations
    assert len(invocation.latencies) == 5
    assert all(0 < ns < 60e9 for ns in invocation.latencies)  # nanoseconds, not a date


LOST = {
    "a chunk": ("yield from [item] * 9", "(576, 9, 0)"),
    "a byte": ("yield from [item] * 9; yield item[1:]", "(639, 10, 1)"),
    "a chunk of its own": ("yield from [item] * 8; yield item + item", "(640, 9, 0)"),
    "the order": ("yield from [item] * 9; yield item[::-1]", "(640, 10, 2)"),
    "the end": ("yield from [item] * 9; raise ValueError('late')", "Function.ValueError"),
    "everything": ("raise ValueError('early')", "Function.ValueError"),
}


@pytest.mark.parametrize(("body", "message"), LOST.values(), ids=LOST.keys())
def test_what_is_lost_is_noticed(
    machine: Machine, stopwatch: Path, body: str, message: str
) -> None:
    faulty = with_handler(machine, f"    item = b'x' * 63 + b'\\n'\n    {body}\n")

    with pytest.raises(SubjectFailed, match=re.escape(message)):
        measure_session(stopwatch, faulty, TEN, ANYWHERE)


def test_the_same_handler_is_accepted_when_nothing_is_lost(
    machine: Machine, stopwatch: Path
) -> None:
    sound = with_handler(machine, "    yield from [b'x' * 63 + b'\\n'] * 10\n")

    session = measure_session(stopwatch, sound, TEN, ANYWHERE)

    assert [one.bytes for one in session.invocations] == [640, 640]


def test_a_runtime_that_ends_is_reported_with_its_status(machine: Machine, stopwatch: Path) -> None:
    ended = Subject("ended", ("/bin/sh", "-c", "exit 7"), machine.programs["stopwatch"].parent)

    with pytest.raises(SubjectFailed, match="status 7"):
        measure_session(stopwatch, ended, COLD, ANYWHERE)


def test_no_process_is_left(machine: Machine, stopwatch: Path) -> None:
    streambda = subjects.streambda(machine)

    measure_session(stopwatch, streambda, replace(LISTS, invocations=1, pinned=False), ANYWHERE)

    commands = [read(path / "cmdline") for path in Path("/proc").iterdir() if path.name.isdigit()]
    left = [command for command in commands if str(streambda.folder).encode() in command]
    assert left == []


def with_handler(machine: Machine, body: str) -> Subject:
    """The streambda subject with another handler."""
    subject = subjects.streambda(machine)
    (subject.folder / "faulty.py").write_text(f"def handler(event, context):\n{body}")
    return replace(subject, environ=subject.environ | {"_HANDLER": "faulty.handler"})


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""
