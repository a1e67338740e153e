from __future__ import annotations

from streambda.layer.report import Report, make_report, say_nothing


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_slow_download_is_reported_from_time_to_time() -> None:
    lines: list[str] = []
    clock = Clock()
    report = Report(lines.append, clock=clock)

    report("downloading x")
    for clock.now, done in ((1.0, 10_000_000), (5.0, 20_000_000), (6.0, 30_000_000)):
        report.show_download("x", done, 50_000_000)
    clock.now = 11.0
    report.show_download("x", 40_000_000, None)

    assert lines == ["downloading x", "x: 20.0 of 50.0 MB", "x: 40.0 MB"]


def test_a_report_is_made_of_any_callable_and_a_report_stays_itself() -> None:
    lines: list[str] = []
    report = Report(say_nothing)

    make_report(lines.append)("one")

    assert lines == ["one"]
    assert make_report(report) is report
