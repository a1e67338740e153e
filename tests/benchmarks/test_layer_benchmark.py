"""The layer's benchmark: judgement of figures that are given, and one quick run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.layer import report, starts
from benchmarks.layer.builds import BuiltLayer
from benchmarks.layer.interpreters import LAYER, find_interpreters
from benchmarks.layer.report import About
from benchmarks.layer.starts import WORKS, Start, StartFailed, Starts
from benchmarks.runtime.interpreter import NoInterpreter, choose_interpreter
from streambda.layer import Architecture

ROOT = Path(__file__).parents[2]
PASS = WORKS[0].name
NOTHING = About(
    machine="a machine", load=0.5, rounds=3, seconds=1.0, interpreters={}, skipped={"x": "no apt"}
)


def measured(**cpu_ms: list[float]) -> Starts:
    """Starts for nothing at all, by interpreter."""
    return Starts(
        {(PASS, name): [Start(ms, ms + 1) for ms in every] for name, every in cpu_ms.items()}
    )


def built(**figures: float) -> BuiltLayer:
    return BuiltLayer(
        name=LAYER,
        architecture=Architecture.ARM64,
        path=Path("layer.zip"),
        python=str(figures.get("python", 3.11)),
        zipped=int(figures.get("zipped", 12_900_000)),
        unzipped=int(figures.get("unzipped", 35_900_000)),
        cold_s=figures.get("cold_s", 59.0),
        warm_s=figures.get("warm_s", 14.0),
    )


def verdicts(starts: Starts, *layers: BuiltLayer) -> dict[str, str]:
    return {one.name: one.row[-1] for one in report.judge_targets(starts, layers)}


def test_a_start_is_judged_against_the_best_peer_within_rounds() -> None:
    # The machine was ten times slower in the second round: for all.
    starts = measured(layer=[10.4, 103, 11], fast=[10, 100, 10], slow=[20, 200, 20])

    (one,) = report.judge_targets(starts, [])

    assert one.name == f"start, {PASS} (to fast)"
    assert one.reached == pytest.approx(1.04)
    assert one.row[-1] == "met"


def test_without_a_peer_no_start_is_judged() -> None:
    assert verdicts(measured(layer=[10.0])) == {}


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("zip", {"zipped": 13_100_000}),
        ("unzipped", {"unzipped": 36_100_000}),
        ("cold build", {"cold_s": 61}),
        ("build", {"warm_s": 16}),
    ],
)
def test_a_layer_that_misses_one_target_meets_the_others(
    name: str, figure: dict[str, float]
) -> None:
    sound, faulty = verdicts(Starts(), built()), verdicts(Starts(), built(**figure))

    assert set(sound.values()) == {"met"}
    assert [one for one, verdict in faulty.items() if verdict == "MISSED"] == [
        f"{name}, layer arm64"
    ]


def test_sizes_are_judged_for_one_python_only() -> None:
    assert list(verdicts(Starts(), built(python=3.13))) == [
        "cold build, layer arm64",
        "build, layer arm64",
    ]


def test_the_tables_show_figures_and_what_was_skipped() -> None:
    text = report.format_tables(Starts(), [built()], NOTHING)

    assert re.search(r"layer arm64, CPython 3\.11 \| +12\.90 \| +35\.90 \| +59\.0 \| +14\.0", text)
    assert "x: skipped: no apt" in text


def test_a_start_is_timed() -> None:
    start = starts.measure_start(Path(sys.executable), ["-I", "-S", "-c", "pass"])

    assert 0 < start.cpu < 10_000
    assert 0 < start.wall < 10_000


def test_a_start_that_fails_is_no_figure() -> None:
    with pytest.raises(StartFailed, match=r"ended with 7$"):
        starts.measure_start(Path(sys.executable), ["-I", "-S", "-c", "raise SystemExit(7)"])


def test_peers_are_binaries_of_the_same_version_and_each_counts_once() -> None:
    own = Path(sys.executable).resolve()
    try:
        ours = choose_interpreter(own)
    except NoInterpreter as reason:
        pytest.skip(str(reason))

    found = find_interpreters(own)

    assert found[LAYER] == ours
    assert {one.minor for one in found.values()} == {ours.minor}
    assert len({one.path.resolve() for one in found.values()}) == len(found)


@pytest.mark.slow
@pytest.mark.layer
@pytest.mark.timeout(280)  # on a busy machine
def test_a_quick_run_measures_and_judges(tmp_path: Path) -> None:
    out = tmp_path / "out.json"

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.layer", "--quick", "--json", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=260,
    )

    if done.returncode == 3:
        pytest.skip(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(out.read_text())
    (layer,) = document["layers"]
    assert layer["zipped"] < layer["unzipped"]
    assert {one["work"] for one in document["starts"]} == {work.name for work in WORKS}
    assert all(len(one["rounds"]) == document["rounds"] for one in document["starts"])
    judged = {one["name"] for one in document["targets"]}
    assert {f"cold build, layer {layer['architecture']}"} <= judged
