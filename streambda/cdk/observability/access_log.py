"""What a REST API writes down about each stream: one line of JSON."""

import json

from aws_cdk import aws_apigateway as apigw

# Name in the log -> API Gateway's variable. The last four tell how a stream went: whether it was
# one, and, in milliseconds, when the headers and the first byte came and when it ended.
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


def access_log_format() -> apigw.AccessLogFormat:
    """Every value is quoted: API Gateway writes "-" for one that it does not have."""
    return apigw.AccessLogFormat.custom(json.dumps(_FIELDS))
