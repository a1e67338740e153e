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


class CloudFrontStream(Construct):
    """A distribution whose default origin is a function's URL, which only it may call.

    CloudFront signs its requests to the function (origin access control), but not their bodies:
    the sender of a POST or PUT must add the header `x-amz-content-sha256` with the body's SHA-256
    in hexadecimal digits, or Lambda answers 403. Nothing is cached or compressed: both would hold a
    stream back.

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
            function_url: The function's URL, if it has one already, of auth type AWS_IAM.
            read_timeout: How long a stream may be silent, 1 to 120 seconds; by default 60.
            additional_behaviors: Path patterns with another origin, such as static files.
            domain_names: Domains of your own; `certificate` must name all of them.
            certificate: In us-east-1.
            web_acl_arn: An AWS WAF web ACL of the scope CLOUDFRONT.
            log_bucket: For access logs; by default there are none.
            price_class: By default all edge locations.
            outputs: Make `url` an output of the stack.

        Raises:
            ValueError: `read_timeout` is out of range, or `function_url` is open to everybody.
        """
        super().__init__(scope, id)
        read_timeout = read_timeout or cdk.Duration.seconds(60)
        CLOUDFRONT_READ_TIMEOUT.check("read_timeout", read_timeout)
        self.function_url = function_url or function.add_function_url()
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
        _let_call_by_url(self.distribution, self.function_url)
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
