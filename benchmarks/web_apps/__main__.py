"""`python -m benchmarks.web_apps`: measures web apps under the runtime and its peers, in turns.

Exit status: 0 everything was measured (the table says which targets are missed), 1 a subject failed
or lost a part of its response, 2 wrong arguments, 3 no C compiler, or no packages to be had.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.runtime import build, interpreter
from benchmarks.runtime.command_line import (
    announce,
    describe_run,
    make_subjects,
    parse_names,
    print_to_stderr,
)
from benchmarks.runtime.paths import ROOT
from benchmarks.runtime.report import make_document
from benchmarks.runtime.run_workloads import run_workloads
from benchmarks.runtime.stopwatch import CpuPlacement
from benchmarks.web_apps import plot
from benchmarks.web_apps.measures import MEASURES, QUICK, WORKLOADS
from benchmarks.web_apps.report import format_tables
from benchmarks.web_apps.subjects import SUBJECTS_BY_NAME, WebRoot
from benchmarks.web_apps.targets import TARGETS

NOT_PINNED = CpuPlacement(None, None, fifo=False)
EXIT_MEASURED, EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the tables, and returns the exit status."""
    options = _options(arguments)
    try:
        python = interpreter.choose_interpreter(options.python)
        stopwatch = build.compile_programs()["stopwatch"]
        root = WebRoot.make(python, options.lambda_src)
    except (interpreter.NoInterpreter, build.NoCompiler, build.BuildFailed) as error:
        print_to_stderr(f"benchmarks: {error}")
        return EXIT_USAGE if isinstance(error, interpreter.NoInterpreter) else EXIT_UNAVAILABLE
    subjects, skipped = make_subjects(SUBJECTS_BY_NAME, options.subjects, root)
    available, repeats = (QUICK, 2) if options.quick else (WORKLOADS, options.repeats)
    workloads = [work for work in available if work.name in options.workloads]
    started = time.monotonic()
    results = run_workloads(stopwatch, subjects, workloads, repeats, announce, MEASURES)
    names = [subject.name for subject in subjects]
    seconds = time.monotonic() - started
    conditions = describe_run(python, skipped, repeats, seconds, NOT_PINNED)
    sys.stdout.write(format_tables(results, names, conditions) + "\n")
    if options.json is not None:
        document = make_document(results, names, conditions, TARGETS)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    if options.plot is not None:
        options.plot.write_text(plot.draw_svg(plot.make_bars(results)))
    failed = any(why.startswith("failed") for why in results.notes.values())
    return EXIT_FAILED if failed else EXIT_MEASURED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_apps", description=__doc__)
    works = [work.name for work in WORKLOADS]
    for option, names in (("--subjects", list(SUBJECTS_BY_NAME)), ("--workloads", works)):
        about = f"of {','.join(names)}; all by default"
        parser.add_argument(
            option, type=parse_names(names), default=names, metavar="A,B", help=about
        )
    parser.add_argument("--repeats", type=int, default=8, help="rounds of each workload (8)")
    parser.add_argument("--python", type=Path, help="the Python that all subjects run on")
    parser.add_argument(
        "--lambda-src",
        type=Path,
        default=ROOT / "lambda_src",
        help="the zip root with the runtime to measure",
    )
    for option, about in (("--json", "every figure of every round"), ("--plot", "a picture (SVG)")):
        parser.add_argument(option, type=Path, metavar="OUT", help=f"also write {about}")
    parser.add_argument(
        "--quick", action="store_true", help="only shows that it runs: two rounds, less in each"
    )
    return parser.parse_args(arguments)


sys.exit(main())
