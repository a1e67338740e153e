"""Other callers of a function: some collect the whole response before they pass it on."""

from collections.abc import Iterator

import aws_cdk as cdk

from streambda.cdk.quotas import LOAD_BALANCER_RESPONSE_MB, REGIONS_WITHOUT_FUNCTION_URLS
from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import ResourceIndex, resolve


def check_http_apis(index: ResourceIndex) -> Iterator[Finding]:
    for integration in index.resources("aws_apigatewayv2.CfnIntegration"):
        if function := index.find_function(integration, integration.integration_uri):
            yield Finding(
                construct=integration,
                rule="http-api",
                message=f"{integration.node.path} puts {function.node.path} behind an HTTP or "
                "WebSocket API, which does not stream; use StreamingRestApi or a Function URL",
            )


def check_load_balancers(index: ResourceIndex) -> Iterator[Finding]:
    for group in index.resources("aws_elasticloadbalancingv2.CfnTargetGroup"):
        if function := index.find_function(group, group.targets):
            yield Finding(
                construct=group,
                rule="load-balancer",
                message=f"{group.node.path} puts {function.node.path} behind a load balancer, "
                f"which collects a response of at most {LOAD_BALANCER_RESPONSE_MB} MB; "
                "use StreamingRestApi or a Function URL",
            )


def check_function_urls(index: ResourceIndex) -> Iterator[Finding]:
    for url in index.resources("aws_lambda.CfnUrl"):
        function = index.find_function(url, url.target_function_arn)
        if function is None:
            continue
        region = cdk.Stack.of(url).region
        if region in REGIONS_WITHOUT_FUNCTION_URLS:
            yield Finding(
                construct=url,
                rule="function-url-region",
                message=f"Function URL {url.node.path} is in {region}, where Lambda has no "
                "Function URLs; use StreamingRestApi there",
            )
        # A function's ARN is made by Fn::GetAtt, an alias's by Ref.
        if "Ref" in resolve(url, url.target_function_arn):
            yield Finding(
                construct=url,
                rule="qualified-url",
                message=f"Function URL {url.node.path} names an alias of {function.node.path} by "
                f"its ARN, which Lambda refuses; use add_function_url of {function.node.path}",
            )
        if url.invoke_mode != "RESPONSE_STREAM":
            yield Finding(
                construct=url,
                rule="buffered-url",
                message=f"Function URL {url.node.path} buffers: its invoke mode is not "
                f"RESPONSE_STREAM; use add_function_url of {function.node.path}",
            )
