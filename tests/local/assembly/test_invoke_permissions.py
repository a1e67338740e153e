"""Whether API Gateway may invoke the functions of a template: where a policy may stand."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.local_assembly import STREAMING_URI, function, integration, method
from tests.support.sam_templates import gaps, read, to_json, write_template

ARN = {"Fn::GetAtt": ["Words", "Arn"]}
ROLE_NAME = {"Ref": "Role"}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}}}


def document(action: Any = "lambda:InvokeFunction", resource: Any = ARN) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def role(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, **properties},
    }


def policy(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::IAM::{kind}", "Properties": properties}


def inline(**parts: Any) -> dict[str, Any]:
    return {"Role": role(Policies=[{"PolicyDocument": document(**parts)}])}


ALLOWED: list[dict[str, Any]] = [
    inline(),
    inline(action=["lambda:*"], resource="*"),
    inline(action="LAMBDA:invokefunction"),
    inline(resource=[{"Fn::Sub": "${Words.Arn}:*"}]),
    {"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaRole"])},
    {
        "Role": role(),
        "P": policy("Policy", Roles=[ROLE_NAME], PolicyDocument=document()),
    },
    {
        "Role": role(RoleName="mine"),
        "P": policy("ManagedPolicy", Roles=["mine"], PolicyDocument=document()),
    },
    {
        "Role": role(),
        "P": policy("RolePolicy", RoleName=ROLE_NAME, PolicyDocument=document()),
    },
]
REFUSED: list[dict[str, Any]] = [
    {"Role": role()},
    inline(action="lambda:InvokeWithResponseStream"),
    inline(resource="arn:aws:lambda:us-east-1:123456789012:function:other"),
    {
        "Role": role(),
        "P": policy("Policy", Roles=["another"], PolicyDocument=document()),
    },
]


def write(folder: Path, resources: dict[str, Any], credentials: Any) -> Path:
    streaming = {**integration("Words", STREAMING_URI, "STREAM"), "Credentials": credentials}
    root = method("Api", "GET", streaming)
    root["Properties"]["ResourceId"] = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"}}
    whole = {"Words": function(Code="src"), "Api": api, "Get": root, **resources}
    return write_template(folder, to_json({"Resources": whole}), "template.json")


@pytest.mark.parametrize("index", range(len(ALLOWED)))
def test_a_role_that_may(index: int, tmp_path: Path) -> None:
    path = write(tmp_path, ALLOWED[index], {"Fn::GetAtt": ["Role", "Arn"]})

    assert gaps(read(path)) == []


@pytest.mark.parametrize("index", range(len(REFUSED)))
def test_a_role_that_may_not(index: int, tmp_path: Path) -> None:
    path = write(tmp_path, REFUSED[index], {"Fn::GetAtt": ["Role", "Arn"]})

    reason = "the role Role does not allow lambda:InvokeFunction of the function"
    assert gaps(read(path)) == [("Api GET /", f"on AWS it answers 500: {reason}")]


def test_what_is_not_in_the_template_is_not_judged(tmp_path: Path) -> None:
    for credentials in ("arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:role/elsewhere"):
        assert gaps(read(write(tmp_path, {}, credentials))) == []
