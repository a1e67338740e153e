"""Makes the CDK asset of a function's code."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.bundle.code import FunctionCode, collect_code
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.layer.pack.zip_file import write_zip


def make_code(
    scope: Construct,
    entry: Path,
    handler: str,
    python: str | None,
    target: PackageTarget | NoPackageTarget,
    options: BundleOptions = DEFAULTS,
) -> lambda_.Code:
    """The code of a function: the runtime, everything in the folder `entry`, and its packages.

    Functions with the same `entry` and packages share one asset, which is made once. It is compiled
    for `python` ("3.11") where a Python of that version is on the machine. For a stack that the CDK
    does not need now, as in `cdk ls`, nothing is installed and nothing is copied.

    Raises what `collect_code` raises.
    """
    code = collect_code(
        entry,
        handler,
        python,
        target,
        options,
        output=_find_output(scope),
        only_hash=not cdk.Stack.of(scope).bundling_required,
    )
    return lambda_.Code.from_asset(
        str(entry),
        asset_hash=code.hash,
        bundling=cdk.BundlingOptions(
            # The CDK asks for an image. It is never used: `local` does everything.
            image=cdk.DockerImage.from_registry("scratch"),
            local=_WriteZip(code) if _is_windows() else _WriteFiles(code),
            output_type=cdk.BundlingOutput.ARCHIVED
            if _is_windows()
            else cdk.BundlingOutput.NOT_ARCHIVED,
        ),
    )


def _find_output(scope: Construct) -> Path | None:
    root = scope.node.root
    return Path(root.outdir).absolute() if isinstance(root, cdk.Stage) else None


@jsii.implements(cdk.ILocalBundling)
class _WriteFiles:
    def __init__(self, code: FunctionCode) -> None:
        self._code = code

    # The CDK calls this only if cdk.out has no asset with this hash yet.
    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: object) -> bool:
        self._code.write(Path(output_dir))
        return True


@jsii.implements(cdk.ILocalBundling)
class _WriteZip:
    """Where files have no modes: `cdk deploy` would take them from there, and Lambda could not
    start the function."""

    def __init__(self, code: FunctionCode) -> None:
        self._code = code

    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: object) -> bool:
        with TemporaryDirectory(prefix="streambda-") as work:
            self._code.write(Path(work))
            write_zip(Path(work), Path(output_dir, "code.zip"), self._code.executables)
        return True


def _is_windows() -> bool:
    return sys.platform == "win32"
