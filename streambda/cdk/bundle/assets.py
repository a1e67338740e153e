"""Makes the CDK asset of a function's code, and its hash.

The hash depends on the names and the content of the files, on who may execute them, on the Python
they are for and on which packages are asked for. It does not depend on where files lie, when they
were written, what compiled them or which machine installed the packages.
"""

import hashlib
import shutil
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.cdk.bundle.dependencies import install_dependencies
from streambda.cdk.bundle.files import SCRIPTS, Files, list_runtime_files
from streambda.cdk.bundle.merge import merge_packages, merge_runtime
from streambda.cdk.bundle.options import DEFAULTS, BundleOptions
from streambda.cdk.runtime.package_target import NoPackageTarget, PackageTarget
from streambda.layer import compile_function


def make_code(
    scope: Construct,
    entry: Path,
    python: str | None,
    target: PackageTarget | NoPackageTarget,
    options: BundleOptions = DEFAULTS,
) -> lambda_.Code:
    """The code of a function: the runtime, everything in the folder `entry`, and its packages.

    Functions with the same `entry` and packages share one asset, which is made once. It is compiled
    for `python` ("3.11") where a Python of that version is on the machine: /var/task is read-only,
    so without .pyc files every cold start would compile again. For a stack that the CDK does not
    need now, as in `cdk ls`, nothing is installed and nothing is copied.

    Raises:
        ValueError: `entry` has a file of the runtime with other content, a file that cannot be
            packaged, one that looks like a secret or one that is in the way of a package, or its
            packages cannot be installed.
    """
    is_needed = cdk.Stack.of(scope).bundling_required
    dependencies = install_dependencies(entry, target, options, only_key=not is_needed)
    files = merge_runtime(list_runtime_files(), entry, options, _find_output(scope))
    # Before packages are added: the hash has what was asked for in place of their files.
    asked = dependencies.key if dependencies is not None else None
    if asked is not None and options.console_scripts:
        asked += " with scripts"
    asset_hash = _hash_content(files, python, asked)
    if dependencies is not None and dependencies.is_installed:
        files = merge_packages(files, dependencies.tree, console_scripts=options.console_scripts)
    return lambda_.Code.from_asset(
        str(entry),
        asset_hash=asset_hash,
        bundling=cdk.BundlingOptions(
            # The CDK asks for an image. It is never used: `local` does everything.
            image=cdk.DockerImage.from_registry("scratch"),
            local=_CopyFiles(files, python),
            output_type=cdk.BundlingOutput.NOT_ARCHIVED,
        ),
    )


def _find_output(scope: Construct) -> Path | None:
    root = scope.node.root
    return Path(root.outdir).absolute() if isinstance(root, cdk.Stage) else None


@jsii.implements(cdk.ILocalBundling)
class _CopyFiles:
    def __init__(self, files: Files, python: str | None) -> None:
        self._files = files
        self._python = python

    # The CDK calls this only if cdk.out has no asset with this hash yet.
    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: object) -> bool:
        for name, source in self._files.items():
            target = Path(output_dir, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(_file_mode(name, source))
        if self._python is not None:
            compile_function(Path(output_dir), self._python)
        return True


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
