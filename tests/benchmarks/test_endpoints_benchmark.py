from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.endpoints import __main__ as benchmark
from benchmarks.endpoints import compare
from benchmarks.endpoints.__main__ import Figure
from benchmarks.endpoints.compare import Tree
from benchmarks.endpoints.plot import draw_svg
from benchmarks.endpoints.server_process import SERVER, THIS_TREE

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"),
    [(1.5, False, "met"), (1.6, False, "MISSED"), (1.4, True, "MISSED"), (1.5, True, "met")],
)
def test_a_figure_is_judged_by_its_limit(value: float, at_least: bool, verdict: str) -> None:
    figure = Figure(name="it", value=value, unit="s", limit=1.5, at_least=at_least)

    assert figure.format_row() == [
        "it",
        f"{value} s",
        f"{'≥' if at_least else '≤'} 1.5 s",
        verdict,
    ]


def test_the_plot_has_a_mark_for_each_arrival_later_ones_further_right() -> None:
    drawn = ElementTree.fromstring(
        draw_svg({"One <1>": [(0.1, 3), (0.2, 6), (0.4, 9)], "Two": [(0.3, 4)]})
    )

    one, two = (row.findall(f"{SVG}circle") for row in drawn.findall(f"{SVG}g"))
    across = [float(mark.attrib["cx"]) for mark in one]
    assert across == sorted(set(across))
    assert (len(one), len(two)) == (3, 1)
    assert across[1] < float(two[0].attrib["cx"]) < across[2]
    assert "One <1>" in [text.text for text in drawn.findall(f"{SVG}text")]


@pytest.mark.slow
def test_all_endpoints_are_measured_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "endpoints.svg"

    status = benchmark.main(["--quick", "--plot", str(plot)])

    output = capsys.readouterr()
    assert (status, output.err.count("benchmarks:")) == (0, 0)
    for endpoint in ("Function URL", "REST API", "Lambda API"):
        assert f"first byte, added by {endpoint}, p50" in output.out
        assert endpoint in plot.read_text()


def test_a_tree_may_name_its_server() -> None:
    assert Tree.parse("/a") == Tree(Path("/a"), SERVER)
    assert Tree.parse("/a:b.server") == Tree(Path("/a"), "b.server")


@pytest.mark.slow
def test_two_trees_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    status = compare.main([str(THIS_TREE), "--requests", "20", "--starts", "1"])

    output = capsys.readouterr()
    assert (status, output.err.count("benchmarks:")) == (0, 0)
    for endpoint in ("Function URL", "REST API", "Lambda API"):
        assert f"{endpoint}, CPU for each request" in output.out
    assert "start to first byte, median" in output.out
