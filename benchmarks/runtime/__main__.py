"""`python -m benchmarks.runtime`: the runtime and its peers, side by side in one run.

Exit status: 0 all was measured (targets may be missed: the table says so), 1 a subject failed or
lost a part of its response, 2 wrong arguments, 3 no C compiler on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from benchmarks.runtime import build, interpreter, report, rounds
from benchmarks.runtime.folders import ROOT
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.report import About
from benchmarks.runtime.stopwatch import Placement
from benchmarks.runtime.subjects import SUBJECTS_BY_NAME, Machine, Subject
from benchmarks.runtime.workloads import QUICK, WORKLOADS

EXIT_MEASURED, EXIT_FAILED, EXIT_USAGE, EXIT_NO_COMPILER = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        python = interpreter.chosen(options.python)
        programs = build.natives()
    except (interpreter.NoInterpreter, build.NoCompiler) as error:
        _tell(f"benchmarks: {error}")
        return EXIT_NO_COMPILER if isinstance(error, build.NoCompiler) else EXIT_USAGE
    _tell(f"Python subjects run on {python}")
    subjects, skipped = _made(options.subjects, Machine(python, programs, options.lambda_src))
    asked, repeats = (QUICK, 2) if options.quick else (WORKLOADS, options.repeats)
    works = [work for work in asked if work.name in options.workloads]
    begun = time.monotonic()
    results = rounds.run(programs["stopwatch"], subjects, works, repeats, _progress)
    names = [subject.name for subject in subjects]
    about = _about(python, skipped, repeats, time.monotonic() - begun)
    sys.stdout.write(report.tables(results, names, about) + "\n")
    if options.json is not None:
        document = report.document(results, names, about)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    failed = any(why.startswith("failed") for why in results.notes.values())
    return EXIT_FAILED if failed else EXIT_MEASURED


def _about(python: Interpreter, skipped: dict[str, str], repeats: int, seconds: float) -> About:
    return About(
        python=python.release,
        machine=f"{platform.machine()}, {os.cpu_count()} cpus, Linux {platform.release()}",
        placement=str(Placement.of_this_machine()),
        load=round(os.getloadavg()[0], 2),
        rounds=repeats,
        seconds=round(seconds, 1),
        skipped=skipped,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtime", description=__doc__)
    parser.add_argument(
        "--subjects",
        type=_among(SUBJECTS_BY_NAME),
        default=list(SUBJECTS_BY_NAME),
        metavar="A,B",
        help=f"of {','.join(SUBJECTS_BY_NAME)}; all by default",
    )
    names = [work.name for work in WORKLOADS]
    parser.add_argument(
        "--workloads",
        type=_among(names),
        default=names,
        metavar="A,B",
        help=f"of {','.join(names)}; all by default",
    )
    parser.add_argument("--repeats", type=int, default=8, help="rounds of a workload (8)")
    parser.add_argument("--python", type=Path, help="the interpreter of all Python subjects")
    parser.add_argument(
        "--lambda-src", type=Path, default=ROOT / "lambda_src", help="another zip root"
    )
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="write every figure of every round"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: two rounds, less of each"
    )
    return parser.parse_args(arguments)


def _among(known: Collection[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        unknown = set(text.split(",")) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of them")
        return text.split(",")

    return names


def _made(names: Sequence[str], machine: Machine) -> tuple[list[Subject], dict[str, str]]:
    """The subjects, and why others cannot be had here."""
    subjects, skipped = [], {}
    for name in names:
        try:
            subjects.append(SUBJECTS_BY_NAME[name](machine))
        except build.BuildFailed as failure:
            skipped[name] = str(failure)
    return subjects, skipped


def _progress(what: str) -> None:
    _tell(f"==> {what}")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


sys.exit(main())
