"""What a policy of an authoriser means for one method."""

from typing import Any

import pytest

from streambda.local.endpoints.rest_api.authorizer_policy import BadPolicy, Verdict, judge

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/a/b.c"


def statement(effect: str = "Allow", **parts: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"} | parts


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        (statement(), Verdict.ALLOWED),
        ([statement(Resource=ARN)], Verdict.ALLOWED),
        ([statement(Resource=["x", "arn:aws:execute-api:*:*:api/prod/*"])], Verdict.ALLOWED),
        ([statement(Resource=ARN.replace(".", "?"))], Verdict.ALLOWED),
        ([statement(Resource=ARN.replace("b.c", "b?"))], Verdict.NOT_ALLOWED),
        ([statement(Resource=ARN.replace(".", "[.]"))], Verdict.NOT_ALLOWED),
        ([statement(Resource=ARN.upper())], Verdict.NOT_ALLOWED),
        ([statement(Action="EXECUTE-API:invoke")], Verdict.ALLOWED),
        ([statement(Action=["execute-api:*"])], Verdict.ALLOWED),
        ([statement(Action="lambda:*")], Verdict.NOT_ALLOWED),
        ([statement(), statement("Deny", Resource=ARN)], Verdict.DENIED),
        ([statement("Deny", Resource="x"), statement()], Verdict.ALLOWED),
        ([], Verdict.NOT_ALLOWED),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], Verdict.ALLOWED),
        ([{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], Verdict.NOT_ALLOWED),
        ([{"Effect": "Deny", "Action": "*", "NotResource": ARN}], Verdict.NOT_ALLOWED),
        # Nobody can judge a condition here: it is taken against the caller.
        ([statement(Condition={"Bool": {}})], Verdict.NOT_ALLOWED),
        ([statement(), statement("Deny", Condition={"Bool": {}})], Verdict.DENIED),
    ],
)
def test_verdicts(statements: Any, verdict: Verdict) -> None:
    assert judge({"Version": "2012-10-17", "Statement": statements}, ARN) is verdict


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
        judge(policy, ARN)
