"""What the access log of a REST API says about each stream: one line of JSON."""

import json

from aws_cdk import aws_apigateway as apigw

# Name in the log -> API Gateway's variable. The last four say whether the response was a stream,
# and after how many milliseconds the headers came, the first byte came, and the stream ended.
_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.caller",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "integrationError": "$context.integration.error",
    "responseTransferMode": "$context.integration.responseTransferMode",
    "timeToAllHeaders": "$context.integration.timeToAllHeaders",
    "timeToFirstContent": "$context.integration.timeToFirstContent",
    "integrationLatency": "$context.integration.latency",
}


def make_access_log_format() -> apigw.AccessLogFormat:
    """Every value is quoted: API Gateway writes "-" for one that it does not have."""
    return apigw.AccessLogFormat.custom(json.dumps(_FIELDS))
