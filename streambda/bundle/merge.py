"""Puts the runtime, a user's own files and installed packages together; refuses conflicts.

Goes out: the paths in the zip and the file that each is copied from, as in `files`.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from streambda.bundle.files import RUNTIME, SCRIPTS, Files, list_files, list_packages
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.secrets import refuse_secrets

# Says when, from where and by what a package was installed. Without it the content depends on the
# wheels alone.
_NOISE = (
    ".lock", "*.dist-info/RECORD", "*.dist-info/REQUESTED", "*.dist-info/INSTALLER",
    "*.dist-info/direct_url.json", "*.dist-info/uv_*.json",
)  # fmt: skip

_SCRIPTS = "bin/*"

_MODULE_SUFFIXES = (".py", ".so")

# Name of a module or a folder -> a file of the package that brings it.
Names = dict[str, str]


def merge_runtime(
    runtime: Files, entry: Path, options: BundleOptions = DEFAULTS, output: Path | None = None
) -> Files:
    """The files of the folder `entry`, and beside them those of the runtime.

    Raises:
        ValueError: `entry` has a file of the runtime with other content, a file that cannot be
            packaged, or one that looks like a secret.
    """
    files = list_files(entry, options, output)
    refuse_secrets(files, entry, options.include)
    for name in files:
        reserved = name.partition("/")[0] in {*SCRIPTS, RUNTIME}
        if reserved and not (name in runtime and _same_content(files[name], runtime[name])):
            raise ValueError(
                f"entry {entry} has its own {name}, expected none or an exact copy of streambda's"
            )
    return {**files, **runtime}


def merge_packages(own: Files, tree: Path, *, console_scripts: bool = False) -> Files:
    """`own`, and beside it what is installed in the folder `tree`; scripts only if asked for.

    Raises:
        ValueError: a package and a file of `own` take the same path or the same import name.
    """
    left_out = _NOISE if console_scripts else (*_NOISE, _SCRIPTS)
    installed = {
        name: path
        for name, path in list_packages(tree).items()
        if not any(fnmatchcase(name, pattern) for pattern in left_out)
    }
    for name, theirs in _find_conflicts(installed, own):
        raise ValueError(
            f"{own[name]} is in the way of the package {_find_package(tree, theirs)}, which brings "
            f"{theirs}, expected one of the two"
        )
    return {**installed, **own}


def _same_content(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def _find_conflicts(installed: Files, own: Files) -> Iterator[tuple[str, str]]:
    """Pairs: the path of a user's file, and the path of a package's file that it conflicts with."""
    modules, folders = _import_names(installed), _folders(installed)
    for name in sorted(own):
        above = [str(parent) for parent in PurePosixPath(name).parents if str(parent) in installed]
        if name in installed:
            if not _same_content(own[name], installed[name]):
                yield name, name
        elif name in folders:
            yield name, folders[name]
        elif above:
            yield name, above[0]
        elif theirs := _find_same_import(name, modules, folders):
            yield name, theirs


def _find_same_import(name: str, modules: Names, folders: Names) -> str | None:
    head, _, rest = name.partition("/")
    if rest:
        # Two folders can be merged only where the package has no __init__.py (PEP 420).
        found = modules.get(head)
    elif head.endswith(_MODULE_SUFFIXES):
        stem = head.partition(".")[0]
        found = modules.get(stem) or folders.get(stem)
    else:
        found = None
    return found


def _import_names(installed: Files) -> Names:
    """Name of a top-level module or regular package -> the file that makes it one."""
    names = {}
    for name in installed:
        head, _, rest = name.partition("/")
        if rest == "__init__.py" or (not rest and head.endswith(_MODULE_SUFFIXES)):
            names[head.partition(".")[0]] = name
    return names


def _folders(installed: Files) -> Names:
    """Every folder -> a file in it."""
    return {str(parent): name for name in installed for parent in PurePosixPath(name).parents}


def _find_package(tree: Path, name: str) -> str:
    for record in sorted(tree.glob("*.dist-info/RECORD")):
        if any(line.startswith(f"{name},") for line in record.read_text("utf-8").splitlines()):
            return record.parent.name.removesuffix(".dist-info").replace("-", " ")
    return name.partition("/")[0]
