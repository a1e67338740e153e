"""Aliases and versions: they exist or they do not, and run the same code."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.lambda_errors import AwsError
from tests.support.local_assembly import function, write_assembly


def of_words(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::Lambda::{kind}",
        "Properties": {"FunctionName": {"Ref": "Words"}, **properties},
    }


@pytest.fixture
def names(tmp_path: Path) -> FunctionNames:
    resources = {
        "Words": function(FunctionName="Words"),
        "Other": function(FunctionName="Other"),
        "One": of_words("Version"),
        "Two": of_words("Version"),
        "Live": of_words("Alias", Name="live"),
    }
    return FunctionNames(read_assembly(write_assembly(tmp_path, resources)).functions)


@pytest.mark.parametrize("qualifier", ["live", "1", "2", "$LATEST", None])
def test_a_qualifier_of_the_template(qualifier: str | None, names: FunctionNames) -> None:
    assert names.find("Words", qualifier).name == "Words"


@pytest.mark.parametrize(("name", "qualifier"), [("Words", "3"), ("Words", "x"), ("Other", "live")])
def test_a_qualifier_of_nothing(name: str, qualifier: str, names: FunctionNames) -> None:
    with pytest.raises(AwsError, match=f"Function not found: .*:{name}:{qualifier}"):
        names.find(name, qualifier)
