"""The benchmark of web apps: its targets and its plot, and a short run where its peers are."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.runtime import peers
from benchmarks.runtime.measures import COLD_CPU, SMALL_RATE, Results
from benchmarks.runtime.stopwatch import CpuPlacement, SubjectFailed, measure_session
from benchmarks.runtime.subjects import Machine
from benchmarks.runtime.targets import Target
from benchmarks.runtime.workloads import Workload
from benchmarks.web_apps import plot
from benchmarks.web_apps.subjects import SUBJECTS_BY_NAME, WebRoot
from benchmarks.web_apps.targets import TARGETS

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
ANYWHERE = CpuPlacement(None, None, fifo=False)
TEN = Workload("ten", 10, 64, invocations=2, pinned=False)


def make_results(**figures: float) -> Results:
    """One round of a cold start and of small chunks."""
    names = {"cpu": COLD_CPU.name, "rate": SMALL_RATE.name}
    return Results({
        (names[key.partition("_")[0]], f"starlette-{key.partition('_')[2]}"): [value]
        for key, value in figures.items()
    })  # fmt: skip


def find_target(name: str, peer: str) -> Target:
    (target,) = [
        one
        for one in TARGETS
        if (one.measure.name, one.peer) == (name, peer) and one.subject == "starlette-streambda"
    ]
    return target


@pytest.mark.parametrize(("rate", "met"), [(500.0, True), (499.0, False)])
def test_a_rate_is_compared_with_the_adapter_of_the_same_framework(rate: float, met: bool) -> None:
    target = find_target(SMALL_RATE.name, "starlette-adapter")

    result = target.find_result(make_results(rate_streambda=rate, rate_adapter=100.0))

    assert result is not None
    assert target.is_met(result) is met


def test_the_plot_has_a_bar_for_each_target_longer_ones_for_better() -> None:
    results = make_results(
        cpu_streambda=50.0, cpu_adapter=100.0, rate_streambda=800.0, rate_adapter=100.0
    )

    drawn = ElementTree.fromstring(plot.draw_svg(plot.make_bars(results)))

    bars = drawn.findall(f"{SVG}rect")[1:]
    assert [bar.findtext(f"{SVG}title") for bar in bars] == ["2.00", "8.00"]
    assert float(bars[0].attrib["width"]) < float(bars[1].attrib["width"])


def test_pins_of_web_apps_name_no_registry() -> None:
    pins = peers.WEB_PINS.read_text()

    assert "://" not in pins
    assert "uvloop==" in pins


@pytest.fixture
def web_root(machine: Machine) -> WebRoot:
    """Skips where the packages or the adapter are not built: a test installs nothing."""
    if not peers.has_web_peers(machine.python):
        pytest.skip("no Lambda Web Adapter: run python -m benchmarks.web_apps once")
    return WebRoot.make(machine.python, machine.lambda_src)


@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS_BY_NAME)
def test_every_subject_streams_every_byte(machine: Machine, web_root: WebRoot, name: str) -> None:
    subject = SUBJECTS_BY_NAME[name](web_root)

    session = measure_session(machine.programs["stopwatch"], subject, TEN, ANYWHERE)

    assert [one.bytes for one in session.invocations] == [640, 640]
    assert all(0 < one.begin <= one.ttfb <= one.end for one in session.invocations)


@pytest.mark.slow
def test_memory_and_time_are_those_of_all_processes(machine: Machine, web_root: WebRoot) -> None:
    alone, beside = (
        measure_session(
            machine.programs["stopwatch"], SUBJECTS_BY_NAME[name](web_root), TEN, ANYWHERE
        )
        for name in ("starlette-uvicorn", "starlette-adapter")
    )

    assert beside.end_kib > alone.end_kib + 1024  # the adapter's own


@pytest.mark.slow
def test_a_server_that_answers_something_else_has_failed(
    machine: Machine, web_root: WebRoot
) -> None:
    subject = SUBJECTS_BY_NAME["starlette-uvicorn"](web_root)
    elsewhere = replace(subject, environ=subject.environ | {"APP": "fastapi_app:other"})

    with pytest.raises(SubjectFailed, match="ended before it listened"):
        measure_session(machine.programs["stopwatch"], elsewhere, TEN, ANYWHERE)


@pytest.mark.slow
@pytest.mark.timeout(280)  # on a busy machine
def test_a_quick_run_measures_and_judges(web_root: WebRoot, tmp_path: Path) -> None:
    out, picture = tmp_path / "out.json", tmp_path / "web-apps.svg"
    names = "starlette-streambda,starlette-adapter,starlette-uvicorn"
    command = [sys.executable, "-m", "benchmarks.web_apps", "--quick", "--subjects", names]

    done = subprocess.run(
        [*command, "--json", str(out), "--plot", str(picture)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=260,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(out.read_text())
    assert document["notes"] == []
    judged = [one for one in document["targets"] if one["met"] is not None]
    assert {one["subject"] for one in judged} == {"starlette-streambda"}
    assert len(judged) == len([one for one in TARGETS if one.subject == "starlette-streambda"])
    assert "starlette, first byte p50" in picture.read_text()
