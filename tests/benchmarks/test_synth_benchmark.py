import pytest

from benchmarks.synth import __main__ as benchmark

TIMES = {"ours": [2.0, 2.3, 9.0], "plain": [2.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("plain", "copied", "verdicts"),
    [([2.0, 2.0, 9.0], 0, ["met", "met"]), ([1.0, 1.0, 1.0], 3, ["missed", "missed"])],
)
def test_the_table_judges_the_median_of_the_pairs(
    plain: list[float], copied: int, verdicts: list[str]
) -> None:
    lines = benchmark.format_report({**TIMES, "plain": plain}, 3, copied).splitlines()

    assert [line.split("|")[-2].strip() for line in lines[-2:]] == verdicts


@pytest.mark.slow
def test_both_apps_make_the_same_resources_and_the_second_synth_copies_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert benchmark.main(["--rounds", "1"]) == 0

    copied = capsys.readouterr().out.splitlines()[-1]
    assert [cell.strip() for cell in copied.split("|")[1:5]] == [
        "files copied anew",
        "0",
        "0",
        "met",
    ]


def test_no_rounds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        benchmark.main(["--rounds", "0"])

    assert raised.value.code == 2
    assert "--rounds is 0, expected 1 or more" in capsys.readouterr().err
