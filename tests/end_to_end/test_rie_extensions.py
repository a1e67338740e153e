"""What the Extensions API refuses: the local cloud and AWS's own emulator, side by side."""

import asyncio
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments.options import EnvironmentOptions
from tests.support.local_assembly import write_bootstrap
from tests.support.local_functions import WORDS
from tests.support.pools import new_request, run_pool
from tests.support.rie import INVOKE_PATH, RIE, ROOT, run_emulator_with_layer

pytestmark = [
    pytest.mark.rie,
    pytest.mark.skipif(not RIE.exists(), reason="no emulator in .tools: `make test` downloads it"),
    pytest.mark.skipif(
        os.getuid() != 0 or not shutil.which("unshare"), reason="its /opt needs root and unshare"
    ),
]

PROBE = ROOT / "tests" / "support" / "extension_probe.py"
# That it writes: one for each request, and the end.
LINES = 19


def write_layer(folder: Path) -> Path:
    program = folder / "extensions" / "probe"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{sys.executable}\n{PROBE.read_text()}")
    program.chmod(0o755)
    return folder


def ask_emulator(code: Path, layer: Path, answers: Path, log: Path) -> None:
    variables = {"PROBE": str(answers)}
    with run_emulator_with_layer(code / "bootstrap", layer, log, variables) as client:
        assert client.post(INVOKE_PATH, json={}).text == "one two"


async def test_refusals_are_those_of_the_emulator(tmp_path: Path) -> None:
    layer, code = write_layer(tmp_path / "layer"), write_bootstrap(tmp_path / "code")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    await asyncio.to_thread(ask_emulator, code, layer, theirs, tmp_path / "log")

    function = replace(
        WORDS, code=code, layers=(layer,), environment={"PROBE": str(ours)}, timeout_s=30
    )
    async with run_pool(function, tmp_path / "files", EnvironmentOptions()) as (pool, _):
        stream = pool.invoke(new_request())
        assert b"".join([chunk async for chunk in stream]) == b"one two"
        await stream.released.wait()

    expected, found = (file.read_text().splitlines()[:LINES] for file in (theirs, ours))
    assert found == expected
    assert found[-1] == "end"
    assert "twice: 403 Extension.InvalidExtensionState" in found
