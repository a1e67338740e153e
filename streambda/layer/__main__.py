"""python -m streambda.layer build|check|list

Exit codes: 0 ok; 1 the check failed, or a source gave bytes that the lock does not know or that
cannot be built; 2 wrong usage; 3 no source can be reached.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .architecture import Architecture
from .build import ensure_layer
from .cache import layer_folder
from .check import inspect, problems_of, summary
from .errors import CheckFailed, LayerError, LayerUnavailable
from .files import copy_whole
from .listing import listing
from .recipe import read_recipe, recipe_folder
from .sources import AUTO, PBS, SOURCES

OK, FAILED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's
PROG = "python -m streambda.layer"

_DESCRIPTION = """Builds and checks the Python layer for provided.al2023.
Exit codes: 0 ok, 1 check failed or wrong bytes, 2 usage, 3 no source can be reached."""
_BUILD_EXAMPLE = "build --arch arm64 --out layer.zip"


def main(arguments: Sequence[str] | None = None, *, prog: str = PROG) -> int:
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    if options.command == "build" and options.archive and options.source not in (AUTO, PBS):
        parser.error(f"--archive is for --source {PBS}, not for {options.source}")
    command = {"build": _build, "check": _check, "list": _list}[options.command]
    try:
        command(options)
    except LayerUnavailable as error:
        _say(str(error))
        return UNAVAILABLE
    except CheckFailed as error:
        for problem in error.problems:
            _say(f"{error.archive}: {problem}")
        return FAILED
    except (LayerError, OSError) as error:
        _say(str(error))
        return FAILED
    return OK


def _build(options: argparse.Namespace) -> None:
    path = ensure_layer(
        options.arch,
        source=options.source,
        locked=options.locked,
        archive=options.archive,
        report=_say,
    )
    if options.out is not None:
        copy_whole(path, options.out)
    sys.stdout.write(f"{options.out or path}\n")


def _check(options: argparse.Namespace) -> None:
    libraries = read_recipe(recipe_folder()).base_image_libraries
    rows = inspect(options.file, options.arch, libraries)
    sys.stdout.write(summary(rows))
    if problems := problems_of(rows):
        raise CheckFailed(options.file.name, problems)


def _list(_: argparse.Namespace) -> None:
    sys.stdout.write(listing(layer_folder()))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description=_DESCRIPTION, epilog=f"Example: {prog} {_BUILD_EXAMPLE}"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser(
        "build",
        help="build the layer, or take it from the cache",
        epilog=f"Example: {prog} {_BUILD_EXAMPLE}",
    )
    build.add_argument("--source", choices=[AUTO, *SOURCES], default=AUTO)
    build.add_argument(
        "--locked", action="store_true", help="no package of another version than the lock's"
    )
    build.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.tar.gz",
        help="the lock's python-build-standalone archive, already on this machine",
    )
    build.add_argument("--out", type=Path, metavar="FILE.zip", help="copy the zip to here")
    check = commands.add_parser(
        "check",
        help="would this zip run on provided.al2023?",
        epilog=f"Example: {prog} check layer.zip --arch arm64",
    )
    check.add_argument("file", type=Path, metavar="FILE.zip")
    commands.add_parser("list", help="what the cache holds", epilog=f"Example: {prog} list")
    for command in (build, check):
        command.add_argument("--arch", type=Architecture, choices=list(Architecture), required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
