"""The command line of `streambda package`.

Exit codes: 0 ok; 1 the layer cannot be built from what was found, or a file cannot be read or
written; 2 wrong usage, or a folder that cannot be packaged; 3 no source of the layer can be used.
"""

import ast
import gc
import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from streambda.command_errors import BAD_INPUT, fail, fail_for_import
from streambda.layer import Architecture, LayerError, LayerUnavailable
from streambda.layer.sources.names import NAMES

FAILED, UNAVAILABLE = 1, 3  # BAD_INPUT is 2

EXAMPLE = "Example: streambda package src --handler main.app --arch arm64 --out build"

# The options of the constructs, which lines of errors name, and those of the command.
_FLAGS = {
    "allow_builds": "--allow-build",
    "dependency_groups": "--group",
    "exclude": "--exclude",
    "extras": "--extra",
    "include": "--include",
}
_OPTION = re.compile(rf"\b({'|'.join(_FLAGS)})=(\[[^\]]*\])")


def add_package_command(app: typer.Typer) -> None:
    app.command("package", epilog=EXAMPLE)(package)


def package(
    src: Annotated[str, typer.Argument(metavar="SRC", help="The folder with the function's code.")],
    handler: Annotated[str, typer.Option(help="module.function within SRC, such as main.app.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="The folder to write to.")],
    arch: Annotated[
        Architecture, typer.Option(help="The processor of the function.")
    ] = Architecture.ARM64,
    runtime: Annotated[
        str,
        typer.Option(
            help="provided.al2023 with a Python layer, or a managed one such as python3.13."
        ),
    ] = "provided.al2023",
    python: Annotated[
        str | None, typer.Option(metavar="3.X", help="The Python of the layer.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help=f"The source of that Python: {', '.join(NAMES)}. Default: any."),
    ] = None,
    fallback: Annotated[
        str | None,
        typer.Option(metavar="3.X", help="The Python to use if no available source has that one."),
    ] = None,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Only the versions in the layer's lock file, no updates."),
    ] = False,
    lock: Annotated[
        str | None,
        typer.Option(metavar="FILE.lock", help="Your own lock file; nothing else is accepted."),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="FILE.zip", help="An existing layer.")
    ] = None,
    no_layer: Annotated[
        bool, typer.Option("--no-layer", help="No layer.zip; the code is for --python.")
    ] = False,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A pattern of files to leave out; repeatable.")
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            help="A pattern of files to keep that are left out or refused by default; repeatable."
        ),
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Option(help="An extra of the project to install; repeatable.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="A dependency group to install; repeatable.")
    ] = None,
    allow_build: Annotated[
        list[str] | None,
        typer.Option(help="A package to build from source on this machine; repeatable."),
    ] = None,
    console_scripts: Annotated[
        bool, typer.Option("--console-scripts", help="Keep the scripts of packages in bin.")
    ] = False,
    no_bytecode: Annotated[
        bool,
        typer.Option(
            "--no-bytecode", help="No .pyc files: slower cold starts, but any machine can build it."
        ),
    ] = False,
) -> None:
    """Writes a function and its layer as zips, for SAM, Terraform, Serverless and others.

    Exit codes: 0 ok, 1 the layer or a file is bad, 2 bad input, 3 no source of the layer.
    """
    gc.enable()
    try:
        from streambda.bundle.options import BundleOptions
        from streambda.package.package import MANIFEST, make_package
        from streambda.package.request import LayerChoice, PackageRequest
    except ImportError as error:
        fail_for_import(error, "package")
    try:
        request = PackageRequest(
            entry=Path(src),
            handler=handler,
            out=Path(out),
            architecture=arch,
            runtime=runtime,
            layer=LayerChoice(
                wanted=not no_layer,
                python=python,
                source=source,
                fallback=fallback,
                locked=locked,
                lock=Path(lock) if lock is not None else None,
                archive=Path(layer) if layer is not None else None,
            ),
            options=BundleOptions(
                exclude=tuple(exclude or ()),
                include=tuple(include or ()),
                extras=tuple(extra or ()),
                groups=tuple(group or ()),
                allow_builds=tuple(allow_build or ()),
                console_scripts=console_scripts,
            ),
            compiled=not no_bytecode,
        )
        manifest = make_package(request, _report)
    except LayerUnavailable as error:
        fail(error.write_flags("streambda layer build --archive, then --layer"), UNAVAILABLE)
    except ValueError as error:
        fail(_name_flags(str(error)), BAD_INPUT)
    except (LayerError, OSError) as error:
        fail(str(error), FAILED)
    for line in manifest.describe():
        _report(line)
    typer.echo(str(Path(out, MANIFEST)))


def _name_flags(line: str) -> str:
    """`line` with --exclude x in place of exclude=['x']."""

    def write(match: re.Match[str]) -> str:
        flag, values = _FLAGS[match[1]], ast.literal_eval(match[2])
        # [...] stands for any values.
        return " ".join(f"{flag} {shlex.quote(one)}" for one in values if one is not ...) or flag

    return _OPTION.sub(write, line)


def _report(line: str) -> None:
    # Not to stdout: the manifest's path is there.
    sys.stderr.write(f"streambda: {line}\n")
