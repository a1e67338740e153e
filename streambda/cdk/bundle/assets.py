"""Merges the runtime and a user's entry folder into one zip root: what will lie in /var/task.

The hash of the asset depends on the names and the content of the files, on who may execute them,
on the Python they are for and on what packages are asked for; not on where files lie, when they
were written, what compiled them or which machine installed the packages.
"""

import hashlib
import shutil
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

from streambda.cdk.bundle.dependencies import Dependencies
from streambda.cdk.bundle.packages import with_packages
from streambda.cdk.bundle.sources import RUNTIME, SCRIPTS, Files, files_under, runtime_files
from streambda.layer import compile_function


def function_code(
    entry: Path, python: str | None = None, dependencies: Dependencies | None = None
) -> lambda_.Code:
    """The code of a function: the runtime, everything in the folder `entry`, and its packages.

    Functions with the same `entry` and `dependencies` share one asset, which is copied together
    once. It is compiled for `python` ("3.11") where a Python of that version is on the machine:
    /var/task is read-only, so that without .pyc files every cold start would compile anew.

    Raises:
        ValueError: `entry` has a file of the runtime with other content, one that cannot be
            packaged, or one that is in the way of a package.
    """
    files = _merged(runtime_files(), entry)
    # Before packages are added: they are in the hash by what was asked for.
    asset_hash = _content_hash(files, python, dependencies)
    if dependencies is not None:
        files = with_packages(files, dependencies.tree)
    return lambda_.Code.from_asset(
        str(entry),
        asset_hash=asset_hash,
        bundling=cdk.BundlingOptions(
            # The CDK wants an image; it is never used, `local` leaves nothing to Docker.
            image=cdk.DockerImage.from_registry("scratch"),
            local=_CopyTogether(files, python),
            output_type=cdk.BundlingOutput.NOT_ARCHIVED,
        ),
    )


@jsii.implements(cdk.ILocalBundling)
class _CopyTogether:
    def __init__(self, files: Files, python: str | None) -> None:
        self._files = files
        self._python = python

    # The CDK calls this only if cdk.out has no asset of this hash yet.
    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: object) -> bool:
        for name, source in self._files.items():
            target = Path(output_dir, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(_mode(name, source))
        if self._python is not None:
            compile_function(Path(output_dir), self._python)
        return True


def _merged(runtime: Files, entry: Path) -> Files:
    files = files_under(entry)
    for name in files:
        ours = name.partition("/")[0] in {*SCRIPTS, RUNTIME}
        if ours and not (name in runtime and _same(files[name], runtime[name])):
            raise ValueError(
                f"entry {entry} has its own {name}, expected none or an exact copy of streambda's"
            )
    return {**files, **runtime}


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def _content_hash(files: Files, python: str | None, dependencies: Dependencies | None) -> str:
    content = hashlib.sha256(f"Python {python}\n".encode())
    if dependencies is not None:
        content.update(f"packages {dependencies.key}\n".encode())
    for name, source in sorted(files.items()):
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        content.update(f"{name}\0{_mode(name, source):o}\0{digest}\n".encode())
    return content.hexdigest()


def _mode(name: str, source: Path) -> int:
    # Only the executable bit counts, as in git. The scripts have it however they were installed:
    # without it Lambda cannot start the function.
    executable = name in SCRIPTS or source.stat().st_mode & 0o100
    return 0o755 if executable else 0o644
