"""The code of a function: which files it has, and their hash.

The hash depends on the names and the content of the files, on who may execute them, on the Python
they are for and on which packages are asked for. It does not depend on where files lie, when they
were written, what compiled them or which machine installed the packages.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from streambda.bundle.dependencies import install_dependencies
from streambda.bundle.files import SCRIPTS, Files, list_runtime_files
from streambda.bundle.handler import check_is_packaged
from streambda.bundle.merge import merge_packages, merge_runtime
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.layer import compile_function


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """`files` are those of the zip, before anything is compiled for `python` ("3.13").

    `hash` is 64 hexadecimal digits, the same on every machine.
    """

    files: Files
    python: str | None
    hash: str

    @property
    def executables(self) -> frozenset[str]:
        """The names of `files` that may be run."""
        return frozenset(
            name for name, source in self.files.items() if _file_mode(name, source) == 0o755
        )

    def write(self, folder: Path, *, compiled: bool = True) -> bool:
        """Write the files into the empty `folder`: what will lie in /var/task.

        Returns whether they are compiled: where a Python of that version is on this machine.
        /var/task is read-only, so without .pyc files every cold start compiles again.
        """
        for name, source in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(_file_mode(name, source))
        if self.python is None or not compiled or not compile_function(folder, self.python):
            return False
        for file in folder.rglob("*.pyc"):
            file.chmod(0o644)  # whatever the umask was: Lambda's user must be able to read it
        return True


def collect_code(
    entry: Path,
    handler: str,
    python: str | None,
    target: PackageTarget | NoPackageTarget,
    options: BundleOptions = DEFAULTS,
    *,
    output: Path | None = None,
    only_hash: bool = False,
) -> FunctionCode:
    """The runtime, everything in the folder `entry`, and its packages.

    Args:
        output: The folder of the tool that asks, which is left out wherever it is.
        only_hash: Install nothing: the files will not be used, as in `cdk ls`.

    Raises:
        ValueError: `entry` has a file of the runtime with other content, a file that cannot be
            packaged, one that looks like a secret or one that is in the way of a package, the file
            of `handler` is left out, or packages cannot be installed.
    """
    # What can be refused at once is, before minutes may go into packages.
    files = merge_runtime(list_runtime_files(), entry, options, output)
    check_is_packaged(entry, handler, files)
    dependencies = install_dependencies(entry, target, options, only_key=only_hash)
    # Before packages are added: the hash has what was asked for in place of their files.
    asked = dependencies.key if dependencies is not None else None
    if asked is not None and options.console_scripts:
        asked += " with scripts"
    hash = _hash_content(files, python, asked)
    if dependencies is not None and dependencies.is_installed:
        files = merge_packages(files, dependencies.tree, console_scripts=options.console_scripts)
    return FunctionCode(files, python, hash)


def _hash_content(files: Files, python: str | None, packages: str | None) -> str:
    content = hashlib.sha256(f"Python {python}\n".encode())
    if packages is not None:
        content.update(f"packages {packages}\n".encode())
    for name, source in sorted(files.items()):
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        content.update(f"{name}\0{_file_mode(name, source):o}\0{digest}\n".encode())
    return content.hexdigest()


def _file_mode(name: str, source: Path) -> int:
    # Only the executable bit counts, as in git. The scripts have it however they were installed:
    # without it Lambda cannot start the function.
    executable = name in SCRIPTS or source.stat().st_mode & 0o100
    return 0o755 if executable else 0o644
