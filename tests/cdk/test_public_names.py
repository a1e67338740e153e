import ast
import subprocess
import sys
from pathlib import Path

import pytest

import streambda.cdk


def test_every_public_name_is_there() -> None:
    for name in streambda.cdk.__all__:
        assert getattr(streambda.cdk, name).__name__ == name


def test_type_checkers_and_python_find_the_same_names_in_the_same_modules() -> None:
    tree = ast.parse(Path(streambda.cdk.__file__).read_text())
    imports = {
        alias.name: node.module.removeprefix("streambda.cdk.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("streambda.")
        for alias in node.names
    }

    assert imports == streambda.cdk._MODULES
    assert sorted(imports) == sorted(streambda.cdk.__all__)


def test_any_other_name_is_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match=r"^module 'streambda.cdk' has no attribute 'Strem'$"):
        streambda.cdk.Strem  # noqa: B018


@pytest.mark.slow  # a new process, which loads the CDK
def test_what_is_not_asked_for_is_not_loaded() -> None:
    code = (
        "import sys; from streambda.cdk import StreamingFunction; "
        "print([m for m in ('aws_cdk.aws_cloudfront', 'aws_cdk.aws_cloudwatch', "
        "'urllib.request') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
