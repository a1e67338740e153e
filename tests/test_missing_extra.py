"""A package that is missing is one clear line that says what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from streambda.missing_extra import explain_missing

ROOT = Path(__file__).parents[1]
FIXTURE = """
import pytest
from streambda.pytest_plugin import streambda_cloud
try:
    next(streambda_cloud.__wrapped__())
except pytest.fail.Exception as failure:
    raise SystemExit(str(failure))
"""
PACKAGE = """
sys.argv[1:] = "package src --handler main.app --out build".split()
from streambda.cli import main
main()
"""
CLIENT = """
from streambda.local.blocking import BlockingCloud
BlockingCloud.lambda_client(None)
"""


@pytest.mark.parametrize(
    ("missing", "code", "line"),
    [
        *(
            (
                one,
                "import streambda.local",
                f"{one} is not installed: pip install 'streambda[local]'",
            )
            for one in ("h11", "pydantic", "starlette", "uvicorn", "yaml")
        ),
        (
            "aws_cdk",
            "from streambda.cdk import StreamingFunction",
            "aws_cdk is not installed: pip install 'streambda[cdk]'",
        ),
        (
            "constructs",
            "from streambda.cdk import StreamDashboard",
            "constructs is not installed: pip install 'streambda[cdk]'",
        ),
        *(
            (
                one,
                PACKAGE,
                f"streambda: error: {one} is not installed: pip install 'streambda[package]'",
            )
            for one in ("packaging", "typer")
        ),
        ("boto3", CLIENT, "boto3 is not installed: pip install 'boto3'"),
        ("botocore", CLIENT, "botocore is not installed: pip install 'boto3'"),
        (
            "uvicorn",
            FIXTURE,
            "streambda_cloud: uvicorn is not installed: pip install 'streambda[local]'",
        ),
    ],
)
def test_the_last_line_says_what_to_install(missing: str, code: str, line: str) -> None:
    blocked = f"import sys\nsys.modules[{missing!r}] = None\n{code}"

    done = subprocess.run(
        [sys.executable, "-c", blocked], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == (2 if line.startswith("streambda: error: ") else 1)
    assert done.stderr.splitlines()[-1].removeprefix("ModuleNotFoundError: ") == line


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'streambda.local.x'", name="streambda.local.x"),
        ModuleNotFoundError("No module named 'tomllib.x'", name="tomllib.x"),
        ImportError("cannot import name 'Route' from 'starlette.routing'", name="starlette"),
        ModuleNotFoundError("no name"),
    ],
)
def test_an_error_of_another_kind_is_left_as_it_is(error: ImportError) -> None:
    assert explain_missing(error, "streambda[local]") is error


def test_the_package_is_named_and_not_its_module() -> None:
    error = ModuleNotFoundError("No module named 'starlette.types'", name="starlette.types")

    assert str(explain_missing(error, "x")) == "starlette is not installed: pip install 'x'"
