"""Which files go into a function's zip: those of a folder, and those of the runtime.

Comes in: a folder on this machine. Goes out: the paths in the zip, and where each is copied from.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from streambda.bundle.managed_python import WRAPPER
from streambda.bundle.options import DEFAULTS, BundleOptions

# Path in the zip, with "/", -> the file that it is copied from.
Files = Mapping[str, Path]

BOOTSTRAP = "bootstrap"  # what provided.al2023 starts
SCRIPTS = (BOOTSTRAP, WRAPPER)
RUNTIME = "streambda_runtime"

# What tools leave in a source folder, above all bytecode: with it in the zip, every fresh checkout
# would deploy every function again.
IGNORED = (
    "__pycache__", "*.pyc", ".git*", ".hg*", ".svn", ".DS_Store", "Thumbs.db", ".venv", ".*_cache",
    "cdk.out", "node_modules", ".tox", ".nox", ".direnv", ".eggs", "*.egg-info", ".hypothesis",
    ".ipynb_checkpoints", ".coverage", ".coverage.*", "htmlcov", ".aws-sam", ".terraform",
    ".serverless", ".streambda-build-*", ".idea", ".vscode",
    # Editors: locks, which may be links to nowhere, and files that are not saved yet.
    ".#*", "#*#", "*~", ".*.sw[a-p]", ".~lock.*#",
    # They have tools for development as well, of which an update would deploy the function.
    "uv.lock", "pylock.toml",
)  # fmt: skip
# A folder with one of these is what its tool made: a virtual environment, an output of the CDK.
_MARKS = ("pyvenv.cfg", "cdk.out")

_PACKAGE = Path(__file__).resolve().parents[1]


def list_files(root: Path, options: BundleOptions = DEFAULTS, output: Path | None = None) -> Files:
    """Every file below `root` that is neither excluded nor `IGNORED`; links are followed.

    What `options` include comes along in any case. `output` is the folder that the CDK writes to,
    which is left out wherever it is.

    Raises:
        ValueError: a link leads nowhere or in a circle, or something is neither file nor folder.
    """

    def is_left_out(path: Path) -> bool:
        name = path.relative_to(root).as_posix()
        if output is not None and path.name == output.name and path.resolve() == output.resolve():
            return True
        if matches(name, options.include):
            return False
        return matches(name, (*IGNORED, *options.exclude)) or _is_made_by_tool(path)

    return {
        path.relative_to(root).as_posix(): path for path in _walk(root, frozenset(), is_left_out)
    }


def list_packages(tree: Path) -> Files:
    """Every file of the packages in `tree`, but for bytecode, which is of another Python."""

    def is_bytecode(path: Path) -> bool:
        return path.name == "__pycache__"

    return {
        path.relative_to(tree).as_posix(): path for path in _walk(tree, frozenset(), is_bytecode)
    }


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of `patterns` is for `name`, a path with "/".

    A pattern with "/" is for the whole path, from the first folder on; one without, or after "**/",
    is for the last part of it, at any depth. "*" stands for "/" as well. On Windows a pattern may
    have "\\" in place of "/".
    """
    last = PurePosixPath(name).name
    for pattern in patterns:
        wanted = pattern.replace(os.sep, "/").removeprefix("./").removeprefix("**/").rstrip("/")
        if fnmatchcase(name if "/" in wanted else last, wanted.lstrip("/")):
            return True
    return False


def list_runtime_files(package: Path = _PACKAGE) -> Files:
    """The runtime as it came with the package `streambda` in the folder `package`.

    A wheel has the scripts within `streambda` and the runtime beside it; a checkout has both in
    lambda_src. The runtime is not searched on sys.path: a copy of another version may come first
    there, such as one in the user's own lambda_src.

    Raises:
        FileNotFoundError: neither layout is there: the installation is damaged.
    """
    wheel, checkout = package / "_lambda_src", package.parent / "lambda_src"
    layouts = ((wheel, package.parent / RUNTIME), (checkout, checkout / RUNTIME))
    for folder, runtime in layouts:
        scripts = {name: folder / name for name in SCRIPTS}
        if runtime.is_dir() and all(script.is_file() for script in scripts.values()):
            modules = list_files(runtime)
            return scripts | {f"{RUNTIME}/{name}": modules[name] for name in modules}
    raise FileNotFoundError(
        f"streambda is installed without its runtime, expected {wheel} or {checkout}"
    )


def _is_made_by_tool(path: Path) -> bool:
    if not path.is_dir():
        return False
    if any((path / mark).is_file() for mark in _MARKS):
        return True
    # setuptools builds into "build" of the project's folder.
    return path.name == "build" and any(path.glob("bdist.*"))


def _walk(
    folder: Path, above: frozenset[Path], is_left_out: Callable[[Path], bool]
) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:
        raise ValueError(f"cannot package {folder}, it is a link to a folder that contains it")
    for path in sorted(folder.iterdir()):
        if is_left_out(path):
            continue
        if path.is_dir():
            yield from _walk(path, above | {here}, is_left_out)
        elif path.is_file():
            yield path
        else:
            raise ValueError(f"cannot package {path}, expected a file, a folder or a link to one")
