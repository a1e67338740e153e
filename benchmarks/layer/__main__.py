"""`python -m benchmarks.layer`: the Python layer's start, size and build, beside its peers.

Exit status: 0 all was measured (targets may be missed: the table says so), 1 a build or a start
failed, 2 wrong arguments, 3 no layer can be built on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.layer import builds, interpreters, report, starts
from benchmarks.layer.builds import Built
from benchmarks.layer.interpreters import LAYER
from benchmarks.layer.report import About
from benchmarks.layer.starts import Starts
from benchmarks.runtime.interpreter import Interpreter
from streambda.layer import Architecture

EXIT_MEASURED, EXIT_FAILED, EXIT_NO_LAYER = 0, 1, 3
PBS = "python-build-standalone"
QUICK = 3

_MACHINES = {"x86_64": Architecture.X86_64, "aarch64": Architecture.ARM64}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        try:
            built, skipped = _built(options, Path(folder))
            found, measured = _started(built, options.rounds, Path(folder))
        except (builds.BuildFailed, starts.StartFailed) as failure:
            _tell(f"benchmarks: {failure}")
            return EXIT_FAILED
    about = About(
        machine=f"{platform.machine()}, {os.cpu_count()} cpus, Linux {platform.release()}",
        load=round(os.getloadavg()[0], 2),
        rounds=options.rounds,
        seconds=round(time.monotonic() - begun, 1),
        interpreters={name: str(one) for name, one in found.items()},
        skipped=skipped,
    )
    sys.stdout.write(report.tables(measured, built, about) + "\n")
    if options.json is not None:
        document = report.document(measured, built, about)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return EXIT_MEASURED if built else EXIT_NO_LAYER


def _built(options: argparse.Namespace, folder: Path) -> tuple[list[Built], dict[str, str]]:
    """The layers, and why others cannot be had here."""
    wanted = [(LAYER, one, ["--source", options.source]) for one in options.arch]
    if options.archive is not None:
        given = ["--archive", str(options.archive.absolute())]
        wanted += [(PBS, one, given) for one in options.arch[:1]]
    built, skipped = [], {}
    for name, architecture, arguments in wanted:
        _tell(f"==> building {name} {architecture}, twice")
        try:
            built.append(builds.build(name, architecture, arguments, folder))
        except builds.NotBuilt as reason:
            skipped[f"{name} {architecture}"] = str(reason)
    return built, skipped


def _started(
    built: Sequence[Built], rounds: int, folder: Path
) -> tuple[dict[str, Interpreter], Starts]:
    """Nothing, where no layer is for this machine's processor."""
    here = _MACHINES.get(platform.machine())
    ours = [layer for layer in built if (layer.name, layer.architecture) == (LAYER, here)]
    if not ours:
        return {}, Starts()
    found = interpreters.with_peers(builds.unpack(ours[0].path, folder / "opt"))
    paths = {name: one.path for name, one in found.items()}
    return found, starts.run(paths, rounds, lambda work: _tell(f"==> starting: {work}"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layer", description=__doc__)
    parser.add_argument("--source", default="auto", help="where the layer comes from (auto)")
    parser.add_argument(
        "--arch",
        type=Architecture,
        action="append",
        choices=list(Architecture),
        help="one architecture; both by default, this machine's first",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.tar.gz",
        help=f"{PBS}'s, to be pruned the same way, for the first architecture",
    )
    parser.add_argument("--rounds", type=int, default=40, help="starts of each kind (40)")
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="write every figure of every round"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: three rounds, this machine's layer only"
    )
    options = parser.parse_args(arguments)
    here = _MACHINES.get(platform.machine(), Architecture.X86_64)
    every = sorted(Architecture, key=lambda one: one is not here)
    options.arch = options.arch or ([here] if options.quick else every)
    options.rounds = QUICK if options.quick else options.rounds
    return options


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
