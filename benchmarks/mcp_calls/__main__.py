"""`python -m benchmarks.mcp_calls`: measures calls of an MCP tool, with all subjects in turns.

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

from benchmarks.mcp_calls.calls import MEASURES, QUICK, TARGETS, WORKLOADS
from benchmarks.mcp_calls.subjects import SUBJECTS_BY_NAME, make_root
from benchmarks.runtime import build, interpreter
from benchmarks.runtime.command_line import announce, describe_run, make_subjects, print_to_stderr
from benchmarks.runtime.paths import ROOT
from benchmarks.runtime.report import (
    find_measured,
    format_figures,
    format_remarks,
    format_targets,
    make_document,
)
from benchmarks.runtime.run_workloads import run_workloads
from benchmarks.runtime.stopwatch import CpuPlacement

EXIT_MEASURED, EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the tables, and returns the exit status."""
    options = _options(arguments)
    try:
        python = interpreter.choose_interpreter(options.python)
        stopwatch = build.compile_programs()["stopwatch"]
        root = make_root(python, ROOT / "lambda_src")
    except (interpreter.NoInterpreter, build.NoCompiler, build.BuildFailed) as error:
        print_to_stderr(f"benchmarks: {error}")
        return EXIT_USAGE if isinstance(error, interpreter.NoInterpreter) else EXIT_UNAVAILABLE
    subjects, skipped = make_subjects(SUBJECTS_BY_NAME, list(SUBJECTS_BY_NAME), root)
    workloads, repeats = (QUICK, 2) if options.quick else (WORKLOADS, options.repeats)
    started = time.monotonic()
    results = run_workloads(stopwatch, subjects, workloads, repeats, announce, MEASURES)
    names = [subject.name for subject in subjects]
    seconds = time.monotonic() - started
    conditions = describe_run(
        python, skipped, repeats, seconds, CpuPlacement(None, None, fifo=False)
    )
    tables = [
        format_figures(results, names, find_measured(results, names)),
        format_targets(results, TARGETS),
        *format_remarks(results, conditions),
    ]
    sys.stdout.write("\n\n".join(tables) + "\n")
    if options.json is not None:
        document = make_document(results, names, conditions, TARGETS)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    failed = any(why.startswith("failed") for why in results.notes.values())
    return EXIT_FAILED if failed else EXIT_MEASURED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mcp_calls", description=__doc__)
    parser.add_argument("--repeats", type=int, default=8, help="rounds of each workload (8)")
    parser.add_argument("--python", type=Path, help="the Python that all subjects run on")
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="also write every figure of every round"
    )
    parser.add_argument(
        "--quick", action="store_true", help="only shows that it runs: two rounds, less in each"
    )
    return parser.parse_args(arguments)


sys.exit(main())
