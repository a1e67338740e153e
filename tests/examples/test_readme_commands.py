"""The README's commands for the FastAPI example, run by a shell as they are written there.

Two things are said besides: that ports are free ones, and where packages come from without a
network. The addresses in the README are those of the default ports.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.examples import synthesis_variables
from tests.support.python_with_packages import write_python
from tests.support.templates import ROOT

pytestmark = pytest.mark.slow

START_S = 100.0
COMMANDS = re.compile(r"\n```\n(\. \.venv[^`]*?cd examples/fastapi[^`]*?)\n(curl[^`]*)```")
ADDRESS = re.compile(r"curl (?:-g )?-N '(http://127\.0\.0\.1:\d+(?:/\w+)?/)'")


@contextmanager
def run_shell(script: str, folder: Path, variables: dict[str, str]) -> Iterator[list[str]]:
    """Runs it until this is left. Yields the lines that it prints before it is ready."""
    process = subprocess.Popen(
        ["sh", "-ec", script],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line)
                if "Ctrl-C" in line:
                    break
            assert "Ctrl-C" in lines[-1], "".join(lines)
            yield lines
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.timeout(2.5 * START_S)
def test_the_readmes_commands_stream_the_fastapi_example(tmp_path: Path) -> None:
    found = COMMANDS.search((ROOT / "README.md").read_text("utf-8"))
    assert found
    start, calls = found.groups()
    shutil.copytree(ROOT / "examples/fastapi", tmp_path / "examples/fastapi")
    activate = tmp_path / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"PATH={Path(sys.executable).parent}:$PATH\n")
    python = tmp_path / "variables.env"
    python.write_text(f"STREAMBDA_PYTHON={write_python(tmp_path)}\n")
    variables = synthesis_variables(ROOT / "examples/fastapi", tmp_path)

    script = start.rstrip() + f" --port 0 --env-file {python}\n"
    with run_shell(script, tmp_path, variables) as lines:
        function_url, rest_api, *_ = ADDRESS.findall("".join(lines))
        calls = calls.replace("http://127.0.0.1:8001/", function_url)
        calls = calls.replace("http://127.0.0.1:8002/prod/", rest_api)
        done = subprocess.run(
            ["sh", "-ec", calls], capture_output=True, text=True, timeout=START_S, check=False
        )

    assert (function_url, rest_api) != ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/prod/")
    assert done.stdout.count('data: {"word": "hello"}') == 2, done.stdout
