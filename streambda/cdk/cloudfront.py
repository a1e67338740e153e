"""CloudFront in front of a Function URL: a domain and a firewall at the edge, no delay."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from streambda.cdk.function import StreamingFunction
from streambda.cdk.outputs import add_output
from streambda.cdk.quotas import CLOUDFRONT_READ_TIMEOUT

# What a caller of a Function URL needs since October 2025: id, action, whether it is by a URL only.
_PERMISSIONS = (
    ("CloudFrontUrl", "lambda:InvokeFunctionUrl", None),
    ("CloudFrontInvoke", "lambda:InvokeFunction", True),
)


class CloudFrontStream(Construct):
    """A distribution whose default origin is a function's URL, which only it may call.

    CloudFront signs its requests to the function (origin access control), but not their bodies:
    the sender of a POST or PUT must add the header `x-amz-content-sha256` with the body's SHA-256
    in hexadecimal digits, or Lambda answers 403. Nothing is cached or compressed: both would hold a
    stream back.

    A function can be behind several distributions, and in another stack. Where that is in another
    region or account, CloudFront's permissions are made beside the function, which is where Lambda
    looks for them, and let in all distributions of this account: to name this one, either stack
    would have to be deployed before the other.

    `distribution` is CloudFront's own, `url` its https address, `function_url` the origin.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: StreamingFunction,
        function_url: lambda_.FunctionUrl | None = None,
        read_timeout: cdk.Duration | None = None,
        additional_behaviors: dict[str, cloudfront.BehaviorOptions] | None = None,
        domain_names: Sequence[str] | None = None,
        certificate: acm.ICertificate | None = None,
        web_acl_arn: str | None = None,
        log_bucket: s3.IBucket | None = None,
        price_class: cloudfront.PriceClass | None = None,
        comment: str | None = None,
        outputs: bool = False,
    ) -> None:
        """Make the distribution.

        Args:
            function_url: Of auth type AWS_IAM; by default the one that the function has already,
                and else a new one.
            read_timeout: How long a stream may be silent, 1 to 120 seconds; by default 60.
            additional_behaviors: Path patterns with another origin, such as static files.
            domain_names: Domains of your own; `certificate` must name all of them.
            certificate: In us-east-1.
            web_acl_arn: An AWS WAF web ACL of the scope CLOUDFRONT.
            log_bucket: For access logs; by default there are none.
            price_class: By default all edge locations.
            outputs: Make `url` an output of the stack.

        Raises:
            ValueError: `read_timeout` is out of range, or the URL is open to everybody.
        """
        super().__init__(scope, id)
        read_timeout = read_timeout or cdk.Duration.seconds(60)
        CLOUDFRONT_READ_TIMEOUT.check("read_timeout", read_timeout)
        self.function_url = function_url or _find_url(function) or function.add_function_url()
        _check_auth_type(self.function_url)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            default_behavior=_make_behavior(self.function_url, read_timeout),
            additional_behaviors=additional_behaviors,
            domain_names=domain_names,
            certificate=certificate,
            web_acl_id=web_acl_arn,
            enable_logging=True if log_bucket is not None else None,
            log_bucket=log_bucket,
            price_class=price_class,
            comment=comment,
            # Without a certificate the domain is CloudFront's own, and so is the policy.
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021
            if certificate is not None
            else None,
        )
        if _is_in_one_place(self, function):
            _let_call_by_url(self.distribution, self.function_url)
        else:
            _move_permissions(self.distribution, function)
        self.url = f"https://{self.distribution.distribution_domain_name}"
        if outputs:
            add_output(self, "Url", self.url)


def _make_behavior(
    url: lambda_.FunctionUrl, read_timeout: cdk.Duration
) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        # Lets CloudFront call lambda:InvokeFunctionUrl, and since aws-cdk-lib 2.273 the second.
        origin=origins.FunctionUrlOrigin.with_origin_access_control(url, read_timeout=read_timeout),
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        compress=False,
        # A Function URL answers to its own host name only.
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    )


def _find_url(function: StreamingFunction) -> lambda_.FunctionUrl | None:
    """Lambda has one URL for each function or alias."""
    arn = function.function.function_arn
    alias = None if function.alias is None else function.alias.alias_name
    for construct in cdk.Stack.of(function).node.find_all():
        if isinstance(construct, lambda_.FunctionUrl):
            url = construct.node.default_child
            assert isinstance(url, lambda_.CfnUrl)
            if (url.target_function_arn, url.qualifier) == (arn, alias):
                return construct
    return None


def _is_in_one_place(scope: Construct, function: StreamingFunction) -> bool:
    """Whether both are in the same region and account; what is known only at deployment may be."""
    here, there = cdk.Stack.of(scope), cdk.Stack.of(function)
    pairs = ((here.region, there.region), (here.account, there.account))
    return all(cdk.Token.is_unresolved(a) or cdk.Token.is_unresolved(b) or a == b for a, b in pairs)


def _move_permissions(distribution: cloudfront.Distribution, function: StreamingFunction) -> None:
    """Make CloudFront's permissions in the function's stack: the CDK made them at the edge."""
    for construct in distribution.node.find_all():
        if isinstance(construct, lambda_.CfnPermission) and construct.node.scope is not None:
            construct.node.scope.node.try_remove_child(construct.node.id)
    account = cdk.Stack.of(distribution).account
    for id, action, by_url in _PERMISSIONS:
        if function.node.try_find_child(id) is None:  # of another distribution of this account
            lambda_.CfnPermission(
                function,
                id,
                action=action,
                principal="cloudfront.amazonaws.com",
                function_name=function.target.function_arn,
                source_arn=f"arn:{cdk.Aws.PARTITION}:cloudfront::{account}:distribution/*",
                invoked_via_function_url=by_url,
            )


def _let_call_by_url(distribution: cloudfront.Distribution, url: lambda_.FunctionUrl) -> None:
    """The second permission of the two that CloudFront needs, where the CDK has not added it.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    permissions = [
        one for one in distribution.node.find_all() if isinstance(one, lambda_.CfnPermission)
    ]
    if any(one.invoked_via_function_url for one in permissions):
        return
    lambda_.CfnPermission(
        distribution,
        "InvokeByUrl",
        action="lambda:InvokeFunction",
        function_name=url.function_arn,
        invoked_via_function_url=True,
        principal="cloudfront.amazonaws.com",
        source_arn=distribution.distribution_arn,
    )


def _check_auth_type(url: lambda_.FunctionUrl) -> None:
    if url.auth_type is not lambda_.FunctionUrlAuthType.AWS_IAM:
        raise ValueError(
            f"{url.node.path} has auth type NONE, expected AWS_IAM: otherwise everybody can call "
            "it without CloudFront"
        )
