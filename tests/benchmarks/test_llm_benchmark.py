"""The benchmark of LLM frames: what it measures is alike, and a short run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.llm import __main__ as command
from benchmarks.llm import tokens
from tests.support.llm import parse

ROOT = Path(__file__).parents[2]


def need_packages() -> None:
    for name in ("openai", "anthropic", "ag_ui"):
        pytest.importorskip(name)


@pytest.mark.parametrize("protocol", tokens.MODELS)
def test_the_providers_models_say_what_our_frames_say(protocol: str) -> None:
    need_packages()
    theirs = parse(next(tokens.MODELS[protocol](iter(["The"]))))[-1]
    ours = [parse(frame)[-1] for frame in tokens.OURS[protocol](iter(["The", "The"]))][1]

    for field in ("type", "object", "delta"):
        assert theirs.get(field) == ours.get(field)


def test_a_table_tells_which_target_is_missed() -> None:
    seconds = {(name, "ours"): [1.0] for name in tokens.OURS}
    seconds |= {(name, "models"): [10.0] for name in tokens.MODELS}
    seconds["ag_ui", "models"] = [9.0]

    table = command.format_tokens(seconds, 100)

    assert [line.split("|")[6].strip() for line in table.splitlines()[2:]] == [
        "met", "met", "met", "-", "MISSED"
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(280)  # on a busy machine
def test_a_quick_run_measures(tmp_path: Path) -> None:
    need_packages()
    out = tmp_path / "out.json"

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.llm", "--quick", "--json", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=260,
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text())
    assert len(document["seconds"]) == len(tokens.OURS) + len(tokens.MODELS)
    assert len(document["first_us"]["FastAPI + frames"]) == 10
