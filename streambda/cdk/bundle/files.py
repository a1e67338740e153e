"""Which files go into a function's zip: those of a folder, and those of the runtime.

Comes in: a folder on this machine. Goes out: the paths in the zip, and where each is copied from.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from streambda.cdk.runtime.managed_python import WRAPPER

# Path in the zip, with "/", -> the file that it is copied from.
Files = Mapping[str, Path]

BOOTSTRAP = "bootstrap"  # what provided.al2023 starts
SCRIPTS = (BOOTSTRAP, WRAPPER)
RUNTIME = "streambda_runtime"

# What tools leave in a source folder, above all bytecode: with it in the zip, every fresh checkout
# would deploy every function again.
IGNORED = (
    "__pycache__", "*.pyc", ".git*", ".hg*", ".svn", ".DS_Store", ".venv", ".*_cache", "cdk.out",
)  # fmt: skip

_PACKAGE = Path(__file__).resolve().parents[2]


def list_files(root: Path) -> Files:
    """Every file below `root` that is not `IGNORED`; links are followed.

    Raises:
        ValueError: a link leads nowhere or in a circle, or something is neither file nor folder.
    """
    return {path.relative_to(root).as_posix(): path for path in _walk(root, frozenset())}


def list_runtime_files(package: Path = _PACKAGE) -> Files:
    """The runtime as it came with the package `streambda` that lies in the folder `package`.

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


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:
        raise ValueError(f"cannot package {folder}, it is a link to a folder that contains it")
    for path in sorted(folder.iterdir()):
        if any(fnmatchcase(path.name, pattern) for pattern in IGNORED):
            continue
        if path.is_dir():
            yield from _walk(path, above | {here})
        elif path.is_file():
            yield path
        else:
            raise ValueError(f"cannot package {path}, expected a file, a folder or a link to one")
