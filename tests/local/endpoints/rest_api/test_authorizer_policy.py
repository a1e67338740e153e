"""What a policy of an authoriser means for one method."""

from typing import Any

import pytest

from streambda.local.endpoints.rest_api.authorizer_policy import (
    BadPolicy,
    PolicyResult,
    evaluate_policy,
)

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/a/b.c"


def statement(effect: str = "Allow", **parts: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"} | parts


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        (statement(), PolicyResult.ALLOWED),
        ([statement(Resource=ARN)], PolicyResult.ALLOWED),
        ([statement(Resource=["x", "arn:aws:execute-api:*:*:api/prod/*"])], PolicyResult.ALLOWED),
        ([statement(Resource=ARN.replace(".", "?"))], PolicyResult.ALLOWED),
        ([statement(Resource=ARN.replace("b.c", "b?"))], PolicyResult.NOT_ALLOWED),
        ([statement(Resource=ARN.replace(".", "[.]"))], PolicyResult.NOT_ALLOWED),
        ([statement(Resource=ARN.upper())], PolicyResult.NOT_ALLOWED),
        ([statement(Action="EXECUTE-API:invoke")], PolicyResult.ALLOWED),
        ([statement(Action=["execute-api:*"])], PolicyResult.ALLOWED),
        ([statement(Action="lambda:*")], PolicyResult.NOT_ALLOWED),
        ([statement(), statement("Deny", Resource=ARN)], PolicyResult.DENIED),
        ([statement("Deny", Resource="x"), statement()], PolicyResult.ALLOWED),
        ([], PolicyResult.NOT_ALLOWED),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], PolicyResult.ALLOWED),
        ([{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], PolicyResult.NOT_ALLOWED),
        ([{"Effect": "Deny", "Action": "*", "NotResource": ARN}], PolicyResult.NOT_ALLOWED),
        # A condition cannot be evaluated here, so it does not allow anything.
        ([statement(Condition={"Bool": {}})], PolicyResult.NOT_ALLOWED),
        ([statement(), statement("Deny", Condition={"Bool": {}})], PolicyResult.DENIED),
    ],
)
def test_verdicts(statements: Any, verdict: PolicyResult) -> None:
    assert evaluate_policy({"Version": "2012-10-17", "Statement": statements}, ARN) is verdict


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (None, "policyDocument is None"),
        ("{}", "policyDocument is '{}'"),
        ({}, "is missing"),
        ({"Statement": "x"}, "a statement is 'x'"),
        ({"Statement": statement("allow")}, "Effect is 'allow'"),
        ({"Statement": {"Effect": "Allow", "Action": "*"}}, "is missing"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "is missing"),
    ],
)
def test_what_is_no_policy(policy: Any, message: str) -> None:
    with pytest.raises(BadPolicy, match=message):
        evaluate_policy(policy, ARN)
