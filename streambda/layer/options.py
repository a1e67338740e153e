"""The options of `streambda layer`, which is also `python -m streambda.layer`."""

from __future__ import annotations

import argparse
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.sources.names import AUTO, NAMES

PROG = "python -m streambda.layer"

_DESCRIPTION = """Builds and checks the Python layer for provided.al2023.
Exit codes: 0 ok, 1 check failed or wrong bytes, 2 bad input, 3 no available source."""
_BUILD_EXAMPLE = "build --arch arm64 --out layer.zip"


def make_parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description=_DESCRIPTION, epilog=f"Example: {prog} {_BUILD_EXAMPLE}"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser(
        "build",
        help="build the layer, or take it from the cache",
        epilog=f"Example: {prog} {_BUILD_EXAMPLE}",
    )
    _add_build_options(build)
    check = commands.add_parser(
        "check",
        help="check whether a layer's zip would run on provided.al2023",
        epilog=f"Example: {prog} check layer.zip --arch arm64",
    )
    check.add_argument("file", type=Path, metavar="FILE.zip")
    for command in (build, check):
        command.add_argument("--arch", type=Architecture, choices=list(Architecture), required=True)
    commands.add_parser("list", help="list the layers in the cache", epilog=f"Example: {prog} list")
    commands.add_parser(
        "lock",
        help="print python-layer.lock, the versions and hashes of what layers are built from",
        epilog=f"Example: {prog} lock > python-layer.lock",
    )
    clean = commands.add_parser(
        "clean",
        help="remove outdated layers and unused downloads from the cache",
        epilog=f"Example: {prog} clean --all",
    )
    clean.add_argument("--all", action="store_true", help="remove all layers and downloads")
    return parser


def _add_build_options(build: argparse.ArgumentParser) -> None:
    build.add_argument(
        "--source",
        choices=[AUTO, *NAMES],
        default=AUTO,
        help=f"the source of Python; {AUTO}, the default, tries them in this order",
    )
    build.add_argument(
        "--python", metavar="3.X", help="the version; by default the one that the lock names"
    )
    build.add_argument(
        "--fallback", metavar="3.X", help="the version to use if no available source has that one"
    )
    build.add_argument(
        "--locked",
        action="store_true",
        help="accept only the versions in python-layer.lock, no security updates",
    )
    build.add_argument(
        "--lock",
        type=Path,
        metavar="FILE.lock",
        help="accept only the versions in this file; `lock` prints one to start from",
    )
    build.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.tar.gz",
        help="build from this python-build-standalone archive, which python-layer.lock must name",
    )
    build.add_argument("--out", type=Path, metavar="FILE.zip", help="copy the zip to this path")
