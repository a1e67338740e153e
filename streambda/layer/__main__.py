"""python -m streambda.layer build|check|list|lock|clean

Exit codes: 0 ok; 1 the check failed, or a source gave bytes that the lock does not know or that
cannot be built, or the cache cannot be read or written; 2 wrong usage; 3 no source can be used, or
none has the requested Python.
"""

from __future__ import annotations

import argparse
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from streambda.layer.build import ensure_layer
from streambda.layer.cache import layer_folder
from streambda.layer.cached_layers import format_cached_layers
from streambda.layer.check.check_layer import check_layer, format_results, list_problems
from streambda.layer.clean import clean_cache
from streambda.layer.errors import CheckFailed, LayerError, LayerUnavailable
from streambda.layer.files import copy_atomically
from streambda.layer.layer_info import read_layer_info
from streambda.layer.options import PROG, make_parser
from streambda.layer.recipe import fingerprint, lock_path, read_recipe, recipe_folder
from streambda.layer.report import MEGABYTE, Report
from streambda.layer.request import find_usage_problem

OK, FAILED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's


def main(
    arguments: Sequence[str] | None = None, *, prog: str = PROG, report: Report | None = None
) -> int:
    """`report` is called with the steps of `build`; by default they are lines on stderr."""
    parser = make_parser(prog)
    options = parser.parse_args(arguments)
    options.report = report or Report(_print_error)
    try:
        if options.command == "build" and (problem := _find_problem(options)):
            parser.error(problem)
        _COMMANDS[options.command](options)
    except LayerUnavailable as error:
        _print_error(str(error))
        return UNAVAILABLE
    except CheckFailed as error:
        for problem in error.problems:
            _print_error(f"{error.archive}: {problem}")
        return FAILED
    except (LayerError, OSError) as error:
        _print_error(str(error))
        return FAILED
    return OK


def _find_problem(options: argparse.Namespace) -> str | None:
    return find_usage_problem(
        read_recipe(recipe_folder(), options.lock).lock,
        source=options.source,
        python=options.python,
        fallback=options.fallback,
        archive=options.archive,
    )


def _build(options: argparse.Namespace) -> None:
    began = time.monotonic()
    path = ensure_layer(
        options.arch,
        source=options.source,
        python=options.python,
        fallback=options.fallback,
        locked=options.locked,
        lock=options.lock,
        archive=options.archive,
        report=options.report,
    )
    if options.out is not None:
        copy_atomically(path, options.out)
    target = options.out or path
    sys.stdout.write(f"{target}\n")
    sys.stdout.flush()
    took = time.monotonic() - began
    version = read_layer_info(path).describe_python()
    named = f"{version}, " if version else ""
    options.report(f"{target}: {named}{_format_sizes(path)}, {took:.1f} s")


def _format_sizes(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    zipped = path.stat().st_size
    return f"{zipped / MEGABYTE:.1f} MB zipped, {unzipped / MEGABYTE:.1f} MB unzipped"


def _check(options: argparse.Namespace) -> None:
    libraries = read_recipe(recipe_folder()).base_image_libraries
    results = check_layer(options.file, options.arch, libraries)
    sys.stdout.write(format_results(results))
    with suppress(LayerError):  # a file that is not a zip: that is among the problems
        info = read_layer_info(options.file)
        if version := info.describe_python():
            sys.stdout.write(f"{version} for {info.architecture or 'an unknown architecture'}\n")
    if problems := list_problems(results):
        raise CheckFailed(options.file.name, problems)


def _list(_: argparse.Namespace) -> None:
    sys.stdout.write(format_cached_layers(layer_folder(), fingerprint(recipe_folder())))


def _print_lock(_: argparse.Namespace) -> None:
    sys.stdout.write(lock_path(recipe_folder()).read_text(encoding="utf-8"))


def _clean(options: argparse.Namespace) -> None:
    removed = clean_cache(recipe_folder(), everything=options.all)
    for file in removed:
        sys.stdout.write(f"{file.path}\n")
    size = sum(file.size for file in removed)
    sys.stdout.write(f"{len(removed)} removed, {size / MEGABYTE:.1f} MB\n")


def _print_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")


_COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "build": _build,
    "check": _check,
    "list": _list,
    "lock": _print_lock,
    "clean": _clean,
}

if __name__ == "__main__":
    sys.exit(main())
