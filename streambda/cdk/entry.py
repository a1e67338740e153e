"""The folder with a function's source: `entry`, or what the CDK's own Function calls `code`."""

import tempfile
from pathlib import Path
from weakref import WeakSet

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

# A code belongs to the first stack that it is bound to, and a check binds it.
_CHECKED: WeakSet[lambda_.AssetCode] = WeakSet()
_OWN_CODE = "expected entry='src', or code=aws_lambda.Code.from_asset('src')"


def find_entry(entry: str | Path | None, code: lambda_.Code | None) -> Path:
    """The folder that one of the two names, as an absolute path.

    Raises:
        TypeError: `entry` or `code` is of another type.
        ValueError: both or none are given, there is no such folder, or `code` is not a folder.
    """
    if code is None:
        return _find_folder("entry", entry)
    if entry is not None:
        raise ValueError("entry and code are set, expected one of them")
    if not isinstance(code, lambda_.Code):
        raise TypeError(f"code is {code!r}, {_OWN_CODE}")
    if not isinstance(code, lambda_.AssetCode):
        raise ValueError(
            f"code is an aws_lambda.{type(code).__name__}, {_OWN_CODE}: streambda puts its runtime "
            "into the function's folder"
        )
    folder = _find_folder("code", code.path)
    if code not in _CHECKED:
        _check_no_options(code, folder)
        _CHECKED.add(code)
    return folder


def _find_folder(option: str, value: str | Path | None) -> Path:
    if value is None:
        raise ValueError(f"entry is not set, {_OWN_CODE}")
    if not isinstance(value, str | Path):
        raise TypeError(f"{option} is {value!r}, expected the path of a folder")
    folder = Path(value).absolute()
    if not folder.is_dir():
        raise ValueError(
            f"{option} is {str(value)!r}, expected a folder, there is none at {folder}"
        )
    return folder


def _check_no_options(code: lambda_.AssetCode, folder: Path) -> None:
    """The CDK shows the path of a code and not its options, which would be lost in silence.

    They change the asset's hash, so that they show there.
    """
    with tempfile.TemporaryDirectory() as directory:
        app = cdk.App(
            outdir=directory,
            auto_synth=False,  # which the CDK CLI would turn on
            # Only the hash is wanted: nothing is copied and nothing is bundled.
            context={"aws:cdk:disable-asset-staging": True, "aws:cdk:bundling-stacks": []},
        )
        plain = lambda_.Code.from_asset(str(folder))
        if _asset_key(app, "StreamingFunction", code) != _asset_key(app, "Plain", plain):
            raise ValueError(
                "code has options of its own (exclude, bundling, asset_hash, ...), "
                "expected aws_lambda.Code.from_asset('src') or entry='src'"
            )


def _asset_key(app: cdk.App, id: str, code: lambda_.AssetCode) -> object:
    stack = cdk.Stack(app, id)
    try:
        location = code.bind(stack).s3_location
    except RuntimeError as error:
        raise ValueError(
            f"code is used by another function, {_OWN_CODE} of its own: {error}"
        ) from None
    assert location is not None
    return stack.resolve(location.object_key)
