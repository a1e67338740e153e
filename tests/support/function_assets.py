"""The files of a synthesised function."""

from pathlib import Path

import aws_cdk as cdk

from tests.support.templates import resources, template_of


def find_asset(stack: cdk.Stack) -> Path:
    """The folder that `cdk deploy` would zip. The stack must have only one."""
    [key] = asset_keys(stack)
    return Path(cdk.App.of(stack).outdir, f"asset.{key.removesuffix('.zip')}")  # type: ignore[union-attr]


def asset_keys(stack: cdk.Stack) -> set[str]:
    """The S3 keys of the code of all functions of `stack`."""
    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    return {function["Code"]["S3Key"] for function in functions}
