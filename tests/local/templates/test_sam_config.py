"""samconfig.toml: what `sam deploy` would use."""

from pathlib import Path

import pytest

from streambda.local.model.errors import LocalCloudError
from streambda.local.templates.sam_config import SamConfig

TOML = """
version = 0.1
[default.global.parameters]
stack_name = "shop"
region = "eu-west-1"
[default.deploy.parameters]
parameter_overrides = "Stage=\\"dev\\" Name='a b'"
[prod.deploy.parameters]
stack_name = "shop-prod"
parameter_overrides = ["Stage=prod", "ParameterKey=Name,ParameterValue=x=y"]
"""


def test_two_environments(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(TOML)

    assert SamConfig.read(path) == SamConfig(
        stack_name="shop", region="eu-west-1", parameters={"Stage": "dev", "Name": "a b"}
    )
    assert SamConfig.read(f"{path}:prod") == SamConfig(
        stack_name="shop-prod", parameters={"Stage": "prod", "Name": "x=y"}
    )


def test_nothing_in_it_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.yaml"
    path.write_text("default: {global: , deploy: {parameters: {parameter_overrides: }}}")

    assert SamConfig.read(path) == SamConfig()


def test_yaml(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.yaml"
    path.write_text("default: {deploy: {parameters: {parameter_overrides: [{A: 1}, B=2]}}}")

    assert SamConfig.read(str(path)).parameters == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read: No such file"),
        ("= 1", "at line 1"),
        ("a = 1", "there is no environment 'default', expected one of none"),
        ('[dev.deploy.parameters]\na = "b"', "expected one of dev"),
        ('[default.deploy.parameters]\nparameter_overrides = "Secret"', "expected NAME=VALUE"),
        ('[default.deploy.parameters]\nparameter_overrides = "A=\'"', "No closing quotation"),
        ("[default.deploy.parameters]\nparameter_overrides = 5", "parameter_overrides is int"),
        ("[default.deploy.parameters]\nstack_name = ['a']", "stack_name is list, expected text"),
        ("[default.deploy]\nparameters = 1", "default.deploy.parameters is int, expected a table"),
        ("[default]\nglobal = []", "default.global is list, expected a table"),
        ("default = 1", "default is int, expected a table"),
        ("a = " + "[" * 5000, "maximum recursion depth"),
    ],
)
def test_what_is_wrong_is_one_line(text: str | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(LocalCloudError, match=reason) as raised:
        SamConfig.read(path)
    assert "\n" not in str(raised.value)
