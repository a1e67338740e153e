"""Runs Lambda's own Python runtime to its end, as the local cloud starts it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from streambda.local.environments.entry_point import find_entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.environments.variables import make_variables
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.local_functions import WORDS
from tests.support.managed_image import VERSION

ENDED = '[ERROR] GET /2018-06-01/runtime/invocation/next was answered 410: {"errorType":"Gone"}\n'


def run_managed_python(
    task: Path,
    handler: str,
    fake: FakeRuntimeApi,
    environ: Mapping[str, str] = {},
    *,
    opt: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """`fake` ends it after the last invocation; `environ` replaces variables of the function."""
    function = replace(WORDS, runtime=f"python{VERSION}", handler=handler)
    sandbox = Sandbox(task, opt)
    entry = find_entry_point(function, sandbox, Machine.this())
    variables = make_variables(
        function,
        runtime_api=fake.address,
        sandbox=sandbox,
        program=entry.program.path,
        log_stream="stream",
        credentials={},
    )
    # Coverage is measured in this Python, since the function's may not have the package.
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    python = sys.executable if coverage else entry.command[0]
    return subprocess.run(
        [python, *entry.command[1:]],
        env={**coverage, **variables, **environ},
        cwd=task,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
