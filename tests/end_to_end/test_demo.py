"""The demonstration of the README: one command shows every endpoint, and ends with status 0."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHUNK = re.compile(r"^ +(\d+\.\d{3}) s +\+\d+\.\d{3}  (.*)$", re.MULTILINE)
SECTIONS = ("Function URL", "REST API", "· Words", "· HappyPath", "· MidstreamError", "· TimeOut")


@pytest.mark.slow
@pytest.mark.timeout(280)  # on a busy machine
def test_the_demonstration_shows_every_endpoint_and_ends_with_0() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=260,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    sections = dict(zip(SECTIONS, done.stdout.split("\n\n")[1:], strict=False))
    assert all(name in text for name, text in sections.items()), done.stdout
    for name in SECTIONS[:3]:
        chunks = CHUNK.findall(sections[name])
        times = [float(time) for time, _ in chunks]
        # Nine words; a busy machine may put some of them into one chunk.
        assert 2 <= len(chunks) <= 9, name
        # The handler pauses for 2 s in total; chunks that arrive together have the same time.
        assert times[-1] - times[0] > 0.2, name
    assert "Function.RuntimeError" in sections["· MidstreamError"]
    assert "Task timed out after 3.00 seconds" in sections["· TimeOut"]
    assert "curl -N" in done.stdout
