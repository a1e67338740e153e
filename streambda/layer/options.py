"""The options of `python -m streambda.layer`."""

from __future__ import annotations

import argparse
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.sources.sources import AUTO, SOURCES

PROG = "python -m streambda.layer"

_DESCRIPTION = """Builds and checks the Python layer for provided.al2023.
Exit codes: 0 ok, 1 check failed or wrong bytes, 2 usage, 3 no source can be reached."""
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
        help="would this zip run on provided.al2023?",
        epilog=f"Example: {prog} check layer.zip --arch arm64",
    )
    check.add_argument("file", type=Path, metavar="FILE.zip")
    for command in (build, check):
        command.add_argument("--arch", type=Architecture, choices=list(Architecture), required=True)
    commands.add_parser("list", help="what the cache holds", epilog=f"Example: {prog} list")
    clean = commands.add_parser(
        "clean",
        help="remove layers of older recipes and their downloads from the cache",
        epilog=f"Example: {prog} clean --all",
    )
    clean.add_argument("--all", action="store_true", help="remove all layers and downloads")
    return parser


def _add_build_options(build: argparse.ArgumentParser) -> None:
    build.add_argument("--source", choices=[AUTO, *SOURCES], default=AUTO)
    build.add_argument(
        "--python", metavar="3.X", help="the default is the source's own: see the lock"
    )
    build.add_argument(
        "--locked", action="store_true", help="nothing of another version than the lock's"
    )
    build.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.tar.gz",
        help="one of the lock's python-build-standalone archives, already on this machine",
    )
    build.add_argument("--out", type=Path, metavar="FILE.zip", help="copy the zip to here")
