"""A program that starts a function's Python under debugpy, with the options that it is given.

A bootstrap, a wrapper and the stand-in for Lambda's loop all start a Python with options and a
script. This takes that Python's place, and puts `launch.py` before the script.
"""

import hashlib
import importlib.util
import json
import shlex
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from streambda.local.debugger.options import HOST
from streambda.local.model.errors import LocalCloudError

LAUNCH = Path(__file__).with_name("launch.py")

# The options end where the script begins. -X and -W have a value of their own.
# frozen_modules=off: else debugpy warns that it may miss breakpoints.
SCRIPT = """\
#!/bin/sh
options='-X frozen_modules=off'
while [ $# -gt 0 ]; do
    case $1 in
        -X | -W) options="$options $1 $2"; shift 2 ;;
        -c | -m) break ;;
        -*) options="$options $1"; shift ;;
        *) break ;;
    esac
done
exec {python} $options {launch} "$@"
"""


def check_debugpy() -> Path:
    """Where debugpy is. Raises `LocalCloudError` if it is not installed."""
    found = importlib.util.find_spec("debugpy")
    if found is None or found.origin is None:
        raise LocalCloudError("--debug needs debugpy: pip install 'streambda[debug]'")
    return Path(found.origin).parent


def make_launcher(folder: Path, python: str) -> str:
    """The program that takes the place of `python`, in a folder of the local cloud's own."""
    path = folder / f"python-{hashlib.sha256(python.encode()).hexdigest()[:16]}"
    unfinished = path.with_suffix(f".{uuid.uuid4().hex}")
    text = SCRIPT.format(python=shlex.quote(python), launch=shlex.quote(str(LAUNCH)))
    unfinished.write_text(text)
    unfinished.chmod(0o755)
    unfinished.replace(path)  # another environment may be starting with it
    return str(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugger:
    """What starts a function under debugpy in place of its Python."""

    python: str
    program: str  # that takes the Python's place
    variables: Mapping[str, str]  # for the process


def make_debugger(
    folder: Path, port: int, *, python: str, task_root: Path, source: Path | None
) -> Debugger:
    """Writes what is needed to `folder`, which is the local cloud's own.

    Args:
        port: Where it waits for an editor.
        source: The folder that `task_root` was copied from, if that is known.

    Raises `LocalCloudError` if debugpy is not installed.
    """
    program = make_launcher(folder, python)
    settings = {
        "host": HOST,
        "port": port,
        "packages": str(link_debugpy(folder / "packages")),
        "task_root": str(task_root),
        "source": str(source) if source and source != task_root else None,
    }
    # `launch.py` takes its own away again.
    variables = {"STREAMBDA_PYTHON": program, "STREAMBDA_DEBUG": json.dumps(settings)}
    return Debugger(python=python, program=program, variables=variables)


def link_debugpy(folder: Path) -> Path:
    """A folder for a search path that holds debugpy and nothing else of this environment."""
    package = check_debugpy()
    folder.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (folder / package.name).symlink_to(package)
    return folder
