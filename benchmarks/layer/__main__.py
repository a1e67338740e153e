"""`python -m benchmarks.layer`: the Python layer's start, size and build, beside other Pythons.

Exit codes: 0 everything was measured, even if targets are missed; 1 a build or a start failed; 2
wrong arguments; 3 no layer can be built on this machine.
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
from benchmarks.layer.builds import BuiltLayer
from benchmarks.layer.interpreters import LAYER
from benchmarks.layer.report import About
from benchmarks.layer.starts import Starts
from benchmarks.runtime.interpreter import Interpreter
from streambda.layer import Architecture

EXIT_MEASURED, EXIT_FAILED, EXIT_NO_LAYER = 0, 1, 3
PBS = "python-build-standalone"
QUICK = 3
_FALLBACK = "3.11"  # where only Debian can be reached

_MACHINES = {"x86_64": Architecture.X86_64, "aarch64": Architecture.ARM64}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse_options(arguments)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        try:
            built, skipped = _build_layers(options, Path(folder))
            found, measured = _measure_starts(built, options.rounds, Path(folder))
        except (builds.BuildFailed, starts.StartFailed) as failure:
            _print_error(f"benchmarks: {failure}")
            return EXIT_FAILED
    about = About(
        machine=f"{platform.machine()}, {os.cpu_count()} cpus, Linux {platform.release()}",
        load=round(os.getloadavg()[0], 2),
        rounds=options.rounds,
        seconds=round(time.monotonic() - start, 1),
        interpreters={name: str(one) for name, one in found.items()},
        skipped=skipped,
    )
    sys.stdout.write(report.format_tables(measured, built, about) + "\n")
    if options.json is not None:
        document = report.make_document(measured, built, about)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return EXIT_MEASURED if built else EXIT_NO_LAYER


def _build_layers(
    options: argparse.Namespace, folder: Path
) -> tuple[list[BuiltLayer], dict[str, str]]:
    """Returns the layers, and why others cannot be built on this machine."""
    ours = ["--source", options.source, "--fallback", _FALLBACK]
    builds_to_make = [(LAYER, one, ours) for one in options.arch]
    if options.archive is not None:
        from_archive = ["--archive", str(options.archive.absolute())]
        builds_to_make += [(PBS, one, from_archive) for one in options.arch[:1]]
    built, skipped = [], {}
    for name, architecture, arguments in builds_to_make:
        _print_error(f"==> building {name} {architecture}, twice")
        try:
            built.append(builds.build_twice(name, architecture, arguments, folder))
        except builds.NoLayer as reason:
            skipped[f"{name} {architecture}"] = str(reason)
    return built, skipped


def _measure_starts(
    built: Sequence[BuiltLayer], rounds: int, folder: Path
) -> tuple[dict[str, Interpreter], Starts]:
    """Returns nothing where no layer is for this machine's processor."""
    here = _MACHINES.get(platform.machine())
    ours = [layer for layer in built if (layer.name, layer.architecture) == (LAYER, here)]
    if not ours:
        return {}, Starts()
    found = interpreters.find_interpreters(builds.unpack_layer(ours[0].path, folder / "opt"))
    paths = {name: one.path for name, one in found.items()}
    return found, starts.measure_starts(
        paths, rounds, lambda work: _print_error(f"==> starting: {work}")
    )


def _parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layer", description=__doc__)
    parser.add_argument("--source", default="auto", help="the source of the layer (auto)")
    parser.add_argument(
        "--arch",
        type=Architecture,
        action="append",
        choices=list(Architecture),
        help="only this architecture; by default both, this machine's first",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.tar.gz",
        help=f"a {PBS} archive of the first architecture, to build a second layer from",
    )
    parser.add_argument(
        "--rounds", type=int, default=40, help="how often each start is measured (40)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="write every figure of every round"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a short run to see that it works: 3 rounds, only this machine's architecture",
    )
    options = parser.parse_args(arguments)
    here = _MACHINES.get(platform.machine(), Architecture.X86_64)
    every = sorted(Architecture, key=lambda one: one is not here)
    options.arch = options.arch or ([here] if options.quick else every)
    options.rounds = QUICK if options.quick else options.rounds
    return options


def _print_error(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
