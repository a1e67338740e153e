"""The key of an MCP server's requestState: made at deployment, never in the template."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from tests.cdk.conftest import MakeFunction
from tests.support.templates import only, resources, template_of

KEYS = "STREAMBDA_REQUEST_STATE_KEYS"


def read_variable(stack: cdk.Stack) -> Any:
    return only(template_of(stack), "AWS::Lambda::Function")["Environment"]["Variables"][KEYS]


def test_secrets_manager_makes_the_key(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()

    made = function.add_request_state_key()

    [name] = resources(template_of(stack), "AWS::SecretsManager::Secret")
    assert read_variable(stack) == {
        "Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": name}, ":SecretString:::}}"]]
    }
    assert only(template_of(stack), "AWS::SecretsManager::Secret")["GenerateSecretString"] == {
        "ExcludePunctuation": True,
        "PasswordLength": 64,
    }
    assert function.add_request_state_key() is made  # once more changes nothing
    assert len(resources(template_of(stack), "AWS::SecretsManager::Secret")) == 1


def test_a_secret_can_be_given(stack: cdk.Stack, make_function: MakeFunction) -> None:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Given", "keys")

    assert make_function().add_request_state_key(secret) is secret

    assert "secret:keys:SecretString" in json.dumps(read_variable(stack))
    assert not resources(template_of(stack), "AWS::SecretsManager::Secret")


def test_a_key_in_the_code_is_refused(make_function: MakeFunction) -> None:
    with pytest.raises(TypeError, match="secret is of type str, expected an aws_secretsmanager"):
        make_function().add_request_state_key("k" * 32)  # type: ignore[arg-type]
