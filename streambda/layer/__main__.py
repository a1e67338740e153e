"""python -m streambda.layer build|check

Exit codes: 0 ok; 1 the check failed, or a source gave bytes that the lock does not know or that
cannot be built; 2 wrong usage; 3 no source can be reached.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .architecture import Architecture
from .build import ensure_layer
from .check import require_runnable
from .errors import LayerError, LayerUnavailable
from .recipe import read_recipe, recipe_folder
from .sources import AUTO, SOURCES

OK, FAILED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    command = {"build": _build, "check": _check}[options.command]
    try:
        command(options)
    except LayerUnavailable as error:
        _say(str(error))
        return UNAVAILABLE
    except (LayerError, OSError) as error:
        _say(str(error))
        return FAILED
    return OK


def _build(options: argparse.Namespace) -> None:
    path = ensure_layer(options.arch, source=options.source, report=_say)
    if options.out is not None:
        path = Path(shutil.copyfile(path, options.out))
    sys.stdout.write(f"{path}\n")


def _check(options: argparse.Namespace) -> None:
    libraries = read_recipe(recipe_folder()).base_image_libraries
    require_runnable(options.file, options.arch, libraries)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m streambda.layer", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build the layer, or take it from the cache")
    build.add_argument("--source", choices=[AUTO, *SOURCES], default=AUTO)
    build.add_argument("--out", type=Path, metavar="FILE.zip", help="copy the zip to here")
    check = commands.add_parser("check", help="would this zip run on provided.al2023?")
    check.add_argument("file", type=Path, metavar="FILE.zip")
    for command in (build, check):
        command.add_argument("--arch", type=Architecture, choices=list(Architecture), required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
