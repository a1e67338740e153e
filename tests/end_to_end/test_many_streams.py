"""The real `bootstrap` with many streams in one process, as in a Lambda Managed Instance."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.bootstrap_process import lay_out
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S
from tests.support.parallel_runtime_api import ParallelRuntimeApi

FEW, MANY = 20, 220
MOST_KB = 200  # for each further stream that waits
# When all streams have begun and wait, the last one tells how much memory the process has.
HANDLER = """
import asyncio, os, resource
waiting, opened = [], asyncio.Event()

async def handler(event, context):
    yield "first "
    waiting.append(context.aws_request_id)
    if len(waiting) == int(os.environ["STREAMS"]):
        pages = int(open("/proc/self/statm").read().split()[1])
        yield f"{os.getpid()} {pages * resource.getpagesize() // 1024}"
        opened.set()
    await opened.wait()
"""


def measure_memory(task_root: Path, streams: int) -> tuple[int, int]:
    """Processes that have served, and the memory of the one in KB, while all streams wait."""
    with ParallelRuntimeApi(*[DIRECT] * streams) as api:
        done = subprocess.run(
            [task_root / "bootstrap"],
            env={
                "AWS_LAMBDA_MAX_CONCURRENCY": str(streams),
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "_HANDLER": "mine.handler",
                "PATH": os.defpath,
                "STREAMBDA_PYTHON": sys.executable,
                "STREAMS": str(streams),
            },
            cwd=task_root,
            capture_output=True,
            text=True,
            timeout=2 * WAIT_S,
            check=False,
        )
    assert "answered 410" in done.stderr
    told = [post.body.decode().split() for post in api.posts()]
    (last,) = (words for words in told if len(words) == 3)
    assert all(words[0] == "first" for words in told)
    return len(told), int(last[2])


def test_a_further_stream_that_waits_costs_a_task_and_no_process(tmp_path: Path) -> None:
    task_root = lay_out(tmp_path)
    (task_root / "mine.py").write_text(HANDLER)

    few, few_kb = measure_memory(task_root, FEW)
    many, many_kb = measure_memory(task_root, MANY)

    assert (few, many) == (FEW, MANY)
    assert (many_kb - few_kb) / (MANY - FEW) <= MOST_KB
