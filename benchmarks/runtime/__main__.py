"""`python -m benchmarks.runtime`: measures the runtime and its peers, in turns, in one run.

Exit status: 0 everything was measured (the table says which targets are missed), 1 a subject failed
or lost a part of its response, 2 wrong arguments, 3 no C compiler on this machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.runtime import build, interpreter, report
from benchmarks.runtime.command_line import (
    announce,
    describe_run,
    make_subjects,
    parse_names,
    print_to_stderr,
)
from benchmarks.runtime.paths import ROOT
from benchmarks.runtime.run_workloads import run_workloads
from benchmarks.runtime.subjects import SUBJECTS_BY_NAME, Machine
from benchmarks.runtime.workloads import QUICK, WORKLOADS

EXIT_MEASURED, EXIT_FAILED, EXIT_USAGE, EXIT_NO_COMPILER = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        python = interpreter.choose_interpreter(options.python)
        programs = build.compile_programs()
    except (interpreter.NoInterpreter, build.NoCompiler) as error:
        print_to_stderr(f"benchmarks: {error}")
        return EXIT_NO_COMPILER if isinstance(error, build.NoCompiler) else EXIT_USAGE
    print_to_stderr(f"Python subjects run on {python}")
    subjects, skipped = make_subjects(
        SUBJECTS_BY_NAME, options.subjects, Machine(python, programs, options.lambda_src)
    )
    available, repeats = (QUICK, 2) if options.quick else (WORKLOADS, options.repeats)
    workloads = [work for work in available if work.name in options.workloads]
    started = time.monotonic()
    results = run_workloads(programs["stopwatch"], subjects, workloads, repeats, announce)
    names = [subject.name for subject in subjects]
    conditions = describe_run(python, skipped, repeats, time.monotonic() - started)
    sys.stdout.write(report.format_tables(results, names, conditions) + "\n")
    if options.json is not None:
        document = report.make_document(results, names, conditions)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    failed = any(why.startswith("failed") for why in results.notes.values())
    return EXIT_FAILED if failed else EXIT_MEASURED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtime", description=__doc__)
    parser.add_argument(
        "--subjects",
        type=parse_names(SUBJECTS_BY_NAME),
        default=list(SUBJECTS_BY_NAME),
        metavar="A,B",
        help=f"of {','.join(SUBJECTS_BY_NAME)}; all by default",
    )
    names = [work.name for work in WORKLOADS]
    parser.add_argument(
        "--workloads",
        type=parse_names(names),
        default=names,
        metavar="A,B",
        help=f"of {','.join(names)}; all by default",
    )
    parser.add_argument("--repeats", type=int, default=8, help="rounds of each workload (8)")
    parser.add_argument("--python", type=Path, help="the Python that all Python subjects run on")
    parser.add_argument(
        "--lambda-src",
        type=Path,
        default=ROOT / "lambda_src",
        help="the zip root with the runtime to measure",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="OUT",
        help="also write every figure of every round",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="only shows that it runs: two rounds, less in each",
    )
    return parser.parse_args(arguments)


sys.exit(main())
