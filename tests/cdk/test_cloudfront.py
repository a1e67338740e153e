from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from streambda.cdk import CloudFrontStream, PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.templates import only, resources, template_of

# Of CloudFront's managed policies.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def configuration(stack: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template_of(stack), "AWS::CloudFront::Distribution")
    return dict(found["DistributionConfig"])


def test_nothing_at_the_edge_holds_a_stream_back(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    CloudFrontStream(stack, "Edge", function=make_function())

    behavior = configuration(stack)["DefaultCacheBehavior"]
    assert behavior["CachePolicyId"] == CACHING_DISABLED
    assert behavior["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert behavior["Compress"] is False
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert "POST" in behavior["AllowedMethods"]


def test_only_the_distribution_may_call_the_url(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    CloudFrontStream(stack, "Edge", function=make_function())

    template = template_of(stack)
    control = only(template, "AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]
    permissions = list(resources(template, "AWS::Lambda::Permission").values())
    assert only(template, "AWS::Lambda::Url")["AuthType"] == "AWS_IAM"
    assert (control["OriginAccessControlOriginType"], control["SigningBehavior"]) == (
        "lambda",
        "always",
    )
    assert {it["Principal"] for it in permissions} == {"cloudfront.amazonaws.com"}
    assert {it["Action"] for it in permissions} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    [by_url] = [it for it in permissions if it["Action"] == "lambda:InvokeFunction"]
    assert by_url["InvokedViaFunctionUrl"] is True
    assert all("SourceArn" in it for it in permissions)


@pytest.mark.slow
@pytest.mark.parametrize(("given", "rendered"), [(None, 60), (120, 120), (1, 1)])
def test_how_long_a_stream_may_be_silent(
    stack: cdk.Stack, make_function: MakeFunction, given: int | None, rendered: int
) -> None:
    timeout = None if given is None else cdk.Duration.seconds(given)
    CloudFrontStream(stack, "Edge", function=make_function(), read_timeout=timeout)

    [origin] = configuration(stack)["Origins"]
    assert origin["CustomOriginConfig"]["OriginReadTimeout"] == rendered


@pytest.mark.parametrize("seconds", [0, 121])
def test_a_read_timeout_that_cloudfront_does_not_allow_is_refused(
    stack: cdk.Stack, make_function: MakeFunction, seconds: int
) -> None:
    with pytest.raises(ValueError, match=f"^read_timeout is {seconds} s, expected 1 s to 120 s$"):
        CloudFrontStream(
            stack,
            "Edge",
            function=make_function(),
            read_timeout=cdk.Duration.seconds(seconds),
        )


def test_a_url_that_is_there_already_is_taken(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    url = function.add_function_url()

    edge = CloudFrontStream(stack, "Edge", function=function, function_url=url)

    assert edge.function_url is url
    assert len(resources(template_of(stack), "AWS::Lambda::Url")) == 1
    assert edge.url.startswith("https://")


def test_an_open_url_behind_cloudfront_is_refused(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    url = function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)

    with pytest.raises(ValueError, match=r"^Test/Hello/.* has auth type NONE, expected AWS_IAM"):
        CloudFrontStream(stack, "Edge", function=function, function_url=url)


@pytest.mark.slow
def test_a_static_page_can_be_served_beside_the_stream(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    bucket = s3.Bucket(stack, "Pages")
    page = cloudfront.BehaviorOptions(origin=origins.S3BucketOrigin(bucket))

    CloudFrontStream(
        stack,
        "Edge",
        function=make_function(),
        additional_behaviors={"/index.html": page},
        log_bucket=s3.Bucket(
            stack, "Logs", object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED
        ),
        web_acl_arn="arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/1",
        comment="words",
    )

    found = configuration(stack)
    assert [it["PathPattern"] for it in found["CacheBehaviors"]] == ["/index.html"]
    assert found["WebACLId"].endswith("webacl/mine/1")
    assert found["Comment"] == "words"
    assert "Bucket" in found["Logging"]


@pytest.mark.slow
@pytest.mark.parametrize("alias", [None, "live"])
def test_a_url_that_is_there_already_is_found(
    stack: cdk.Stack, make_function: MakeFunction, alias: str | None
) -> None:
    function = make_function(alias=alias)
    url = function.add_function_url()

    edge = CloudFrontStream(stack, "Edge", function=function)

    assert edge.function_url.node.path == url.node.path
    assert len(resources(template_of(stack), "AWS::Lambda::Url")) == 1


def test_a_url_that_was_made_otherwise_is_found(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function, mode = make_function(), lambda_.InvokeMode.RESPONSE_STREAM
    make_function("Other").add_function_url()
    iam_only = lambda_.FunctionUrlAuthType.AWS_IAM
    lambda_.FunctionUrl(
        stack, "Url", function=function.function, invoke_mode=mode, auth_type=iam_only
    )

    edge = CloudFrontStream(stack, "Edge", function=function)

    assert edge.function_url.node.path == "Test/Url"


def test_an_open_url_that_is_there_already_is_refused(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)

    with pytest.raises(ValueError, match="has auth type NONE, expected AWS_IAM"):
        CloudFrontStream(stack, "Edge", function=function)


@pytest.mark.slow
def test_two_distributions_share_a_function(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()
    edges = [CloudFrontStream(stack, id, function=function) for id in ("Public", "Staff")]

    template = template_of(stack)
    sources = {
        (it["Action"], str(it["SourceArn"]))
        for it in resources(template, "AWS::Lambda::Permission").values()
    }
    assert edges[0].function_url.node.path == edges[1].function_url.node.path
    assert len(resources(template, "AWS::CloudFront::Distribution")) == 2
    assert len(resources(template, "AWS::Lambda::Url")) == 1
    # Each distribution may do both, and is named.
    assert len(sources) == 4
    assert not any("distribution/*" in arn for _, arn in sources)


@pytest.mark.slow
def test_a_function_in_another_stack_of_the_region(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    edge = cdk.Stack(stack.node.scope, "EdgeStack")  # type: ignore[arg-type]
    CloudFrontStream(edge, "Edge", function=make_function())

    assert len(resources(template_of(stack), "AWS::Lambda::Url")) == 1
    permissions = resources(template_of(edge), "AWS::Lambda::Permission").values()
    assert {it["Action"] for it in permissions} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert not any("distribution/*" in str(it["SourceArn"]) for it in permissions)


@pytest.mark.slow
def test_a_function_in_another_region_has_the_permissions_beside_it(
    make_app: MakeApp, layer_archive: Path, entry: Path
) -> None:
    app = make_app()
    account = "123456789012"
    words, edge = (
        cdk.Stack(app, id, env=cdk.Environment(account=account, region=region))
        for id, region in (("Words", "eu-west-1"), ("EdgeStack", "us-east-1"))
    )
    PythonLayer.of(words, lambda_.Architecture.ARM_64, archive=layer_archive)
    function = StreamingFunction(words, "Hello", entry=entry, handler="app.handler")

    for id in ("Public", "Staff"):
        CloudFrontStream(edge, id, function=function)

    app.synth()  # and no rule has anything to say
    assert resources(template_of(edge), "AWS::Lambda::Permission") == {}
    assert len(resources(template_of(edge), "AWS::CloudFront::OriginAccessControl")) == 2
    permissions = resources(template_of(words), "AWS::Lambda::Permission").values()
    assert {(it["Action"], it.get("InvokedViaFunctionUrl")) for it in permissions} == {
        ("lambda:InvokeFunctionUrl", None),
        ("lambda:InvokeFunction", True),
    }
    assert len(permissions) == 2
    assert all(
        f"cloudfront::{account}:distribution/*" in str(it["SourceArn"]) for it in permissions
    )
