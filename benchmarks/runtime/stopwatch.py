"""Runs the C stopwatch on one subject and one workload, and checks that everything arrived."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from benchmarks.runtime.paths import BUILT
from benchmarks.runtime.subjects import Subject
from benchmarks.runtime.workloads import Workload

# What Lambda sets. Subjects get nothing of this machine's environment.
ENVIRON = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
    "AWS_LAMBDA_LOG_STREAM_NAME": "s",
}


class SubjectFailed(Exception):
    """The subject ended, answered with an error, or lost a part of its response."""


@dataclass(frozen=True)
class Invocation:
    """One invocation. Times are in ns, from the answer to its `next`."""

    begin: int  # the first byte of the body, which may be a prelude's
    ttfb: int  # the first byte of the payload
    end: int
    cycle: int
    bytes: int
    chunks: int
    torn: int  # items that were cut, out of order, or spread over chunks
    latencies: list[int] = field(default_factory=list, init=False)


@dataclass(frozen=True)
class Session:
    """One process: its start, and its invocations without those to warm up."""

    init_wall_ns: int
    init_cpu_ns: int
    idle_kib: int
    first: Invocation
    invocations: list[Invocation]
    end_kib: int
    streaming_kib: int  # the most, while a slow reader reads


@dataclass(frozen=True)
class CpuPlacement:
    """The CPUs of stopwatch and subject. `fifo`: the stopwatch has priority over all other work."""

    server_cpu: int | None
    subject_cpu: int | None
    fifo: bool

    @classmethod
    def choose(cls) -> CpuPlacement:
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            return cls(None, None, fifo=False)  # FIFO would starve the subject
        return cls(cpus[1], cpus[0], fifo=_is_fifo_permitted())

    def __str__(self) -> str:
        if self.server_cpu is None:
            return "not pinned"
        priority = ", stopwatch FIFO" if self.fifo else ""
        return f"stopwatch on cpu {self.server_cpu}, subject on cpu {self.subject_cpu}{priority}"

    def options(self) -> list[str]:
        cpus = (("-c", self.server_cpu), ("-C", self.subject_cpu))
        pinned = [text for name, cpu in cpus if cpu is not None for text in (name, str(cpu))]
        return [*pinned, *(["-f"] if self.fifo else [])]


def _is_fifo_permitted() -> bool:
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, *before)
    except PermissionError:
        return False
    return True


def measure_session(
    program: Path, subject: Subject, work: Workload, placement: CpuPlacement
) -> Session:
    """Measures one process of the subject. Raises SubjectFailed if a byte or a chunk is missing."""
    log = BUILT / f"{subject.name}.log"
    # The event in a file of its own: another benchmark may run at the same time.
    with NamedTemporaryFile(suffix=".json") as event, log.open("wb") as errors:
        event.write(work.http_request if subject.is_server else work.event)
        event.flush()
        options = _options(work, Path(event.name), placement, subject)
        done = subprocess.run(
            [program, *options, "--", *subject.command],
            cwd=subject.folder,
            env=ENVIRON | {"LAMBDA_TASK_ROOT": str(subject.folder)} | subject.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            timeout=work.time_limit_s + 10,
        )
    session = _parse_session(done.stdout.splitlines(), work.warm_up)
    for number, invocation in enumerate([session.first, *session.invocations]):
        _check_invocation(invocation, work, subject, number)
    return session


def _options(work: Workload, event: Path, placement: CpuPlacement, subject: Subject) -> list[str]:
    options = ["-e", str(event), "-n", str(work.invocations + work.warm_up), "-s", str(work.size)]
    options += ["-t", str(work.time_limit_s), "-r", str(work.read_pause_us)]
    options += ["-S"] if work.pause_us else []
    options += ["-p"] if subject.streams and not subject.is_server else []
    options += ["-d"] if subject.is_server else []
    options += [] if subject.keeps_chunks else ["-k"]
    options += ["-q"] if subject.quick_ack else []
    return options + (placement.options() if work.pinned else [])


def _parse_session(lines: list[str], warm_up: int) -> Session:
    init, memory, invocations = [0, 0, 0], [0, 0], list[Invocation]()
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "failed":
            raise SubjectFailed(rest)
        numbers = [int(number) for number in rest.split()]
        if kind == "init":
            init = numbers
        elif kind == "invoked":
            invocations.append(Invocation(*numbers))
        elif kind == "late":
            invocations[-1].latencies.append(numbers[0])
        else:
            memory = numbers
    if not memory[0]:
        raise SubjectFailed("the stopwatch ended before its measurement did")
    wall, cpu, idle = init
    end, streaming = memory
    return Session(wall, cpu, idle, invocations[0], invocations[warm_up:], end, streaming)


def _check_invocation(
    invocation: Invocation, work: Workload, subject: Subject, number: int
) -> None:
    where = f"invocation {number} of {subject.name}, {work.name}"
    if not subject.streams or not work.is_exact:
        if invocation.bytes < work.count * work.size:
            raise SubjectFailed(
                f"{where}: {invocation.bytes} bytes, expected {work.count * work.size}"
            )
        return
    chunks = invocation.chunks if subject.keeps_chunks else work.count
    seen = (invocation.bytes, chunks, invocation.torn)
    expected = (work.count * work.size, work.count, 0)
    if seen != expected:
        raise SubjectFailed(f"{where}: bytes, chunks, torn items {seen}, expected {expected}")
