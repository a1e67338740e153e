"""`entry=` and the CDK's `code=`: both name the folder."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from tests.cdk.conftest import MakeFunction
from tests.support.function_assets import asset_keys


def test_a_code_is_the_same_as_an_entry(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    code = lambda_.Code.from_asset(str(entry))

    make_function("ByEntry")
    make_function("ByCode", entry=None, code=code)
    make_function("AgainByCode", entry=None, code=code)

    assert len(set(asset_keys(stack))) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"exclude": ["*.md"]},
        {"asset_hash": "a" * 64},
        {
            "bundling": cdk.BundlingOptions(
                image=cdk.DockerImage.from_registry("scratch"), command=["make"]
            )
        },
    ],
)
def test_options_of_a_code_are_not_lost_in_silence(
    entry: Path, make_function: MakeFunction, options: dict[str, Any]
) -> None:
    (entry / "README.md").write_text("hello")
    code = lambda_.Code.from_asset(str(entry), **options)

    with pytest.raises(ValueError, match=r"^code has options of its own .* expected aws_lambda\."):
        make_function(entry=None, code=code)


def test_a_code_of_another_function_is_refused(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    code = lambda_.Code.from_asset(str(entry))
    python = lambda_.Runtime.PYTHON_3_13
    lambda_.Function(stack, "Other", runtime=python, handler="app.handler", code=code)

    with pytest.raises(
        ValueError, match=r"^code is used by another function, expected entry='src'"
    ):
        make_function(entry=None, code=code)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": None}, "entry is not set, expected entry='src', or code=aws_lambda.Code"),
        ({"code": "src", "entry": None}, "code is 'src', expected entry='src', or code="),
        ({"entry": 5}, "entry is 5, expected the path of a folder"),
        ({"code": lambda_.Code.from_inline("x")}, "entry and code are set, expected one of them"),
        (
            {"entry": None, "code": lambda_.Code.from_inline("x")},
            "code is an aws_lambda.InlineCode, expected entry='src', or code=",
        ),
        (
            {"entry": None, "code": lambda_.Code.from_asset("nowhere.zip")},
            "code is 'nowhere.zip', expected a folder",
        ),
    ],
)
def test_what_is_no_folder_is_refused(
    make_function: MakeFunction, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        make_function(**options)

    assert str(raised.value).startswith(message)


def test_code_in_a_bucket_is_refused(stack: cdk.Stack, make_function: MakeFunction) -> None:
    code = lambda_.Code.from_bucket(s3.Bucket(stack, "Bucket"), "code.zip")

    with pytest.raises(ValueError, match=r"^code is an aws_lambda\.S3Code.*, expected entry='src'"):
        make_function(entry=None, code=code)
