"""An operation that is not emulated: the error is in the form of the service that was asked.

All services may be asked at one address, and a client can only read its own service's errors.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import Scope, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.management.service_errors import Protocol, write_error
from streambda.local.http.response import send_response
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# Who is asked, in the scope of a signature: "Credential=KEY/20260131/us-east-1/logs/aws4_request".
SIGNED_SERVICE = re.compile(r"Credential=[^,]*/([a-z0-9-]+)/aws4_request")

NAMES = {
    "lambda": "Lambda",
    "apigateway": "API Gateway",
    "cloudformation": "CloudFormation",
    "sts": "STS",
    "logs": "CloudWatch Logs",
    "cloudcontrolapi": "Cloud Control",
}
_ELSEWHERE = "Function URLs and APIs have ports of their own, which the start prints"
FORM = "application/x-www-form-urlencoded"
CODES = {
    Protocol.REST_JSON: ErrorCode.UNKNOWN_OPERATION,
    Protocol.REST_XML: ErrorCode.NOT_IMPLEMENTED,
    Protocol.S3: ErrorCode.NOT_IMPLEMENTED,
    Protocol.QUERY: ErrorCode.INVALID_ACTION,
    Protocol.EC2: ErrorCode.INVALID_ACTION,
    Protocol.JSON: ErrorCode.UNKNOWN_TARGET,
    Protocol.CBOR: ErrorCode.UNKNOWN_TARGET,
}
# Of services whose operations are paths; those of all others speak REST_JSON.
PATH_PROTOCOLS = {
    "cloudfront": Protocol.REST_XML,
    "route53": Protocol.REST_XML,
    "s3": Protocol.S3,
    "s3-outposts": Protocol.REST_XML,
    "s3express": Protocol.S3,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks, as far as its request says.

    Args:
        service: As signatures name it; "" where the request does not say.
        operation: "DescribeLogGroups", or a method and a path.
    """

    service: str
    operation: str
    protocol: Protocol

    @classmethod
    def read(cls, scope: Scope, form: Mapping[str, str] | None = None) -> "Question":
        """Args: `form` is what was sent in the Query protocol."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in _pairs(scope)}
        signed = SIGNED_SERVICE.search(headers.get("authorization", ""))
        service = signed[1] if signed else _guess_service(scope["path"])
        if target := headers.get("x-amz-target"):
            return cls(service, target.rpartition(".")[2], Protocol.JSON)
        if "smithy-protocol" in headers:
            return cls(service, scope["path"].rpartition("/")[2], Protocol.CBOR)
        if action := (form or {}).get("Action"):
            protocol = Protocol.EC2 if service == "ec2" else Protocol.QUERY
            return cls(service, action, protocol)
        protocol = PATH_PROTOCOLS.get(service, Protocol.REST_JSON)
        return cls(service, f"{scope['method']} {scope['path']}", protocol)


def _pairs(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    pairs: Sequence[tuple[bytes, bytes]] = scope["headers"]
    return pairs


def _guess_service(path: str) -> str:
    if path.startswith("/restapis"):
        return "apigateway"
    return "lambda" if re.match(r"/20\d\d-\d\d-\d\d/", path) else ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Args: `operations` are those that are emulated, by service."""

    context: EndpointContext
    operations: Mapping[str, Sequence[str]]

    async def send(self, scope: Scope, send: Send, form: Mapping[str, str] | None = None) -> None:
        question = Question.read(scope, form)
        asked = f"{question.operation} is not emulated"
        error = AwsError(CODES[question.protocol], f"{asked}; {self._offer(question.service)}")
        self.context.log_refusal(scope, error.code.status, f"no such operation: {asked}")
        await send_response(send, write_error(question.protocol, error, str(uuid.uuid4())))

    def _offer(self, service: str) -> str:
        if own := self.operations.get(service):
            return f"of {NAMES[service]}, these are: {', '.join(sorted(own))}"
        # As of curl, which was meant for a function.
        whose = f" and not for {service}" if service else f"; {_ELSEWHERE}"
        return f"this port answers for {', '.join(NAMES[one] for one in self.operations)}{whose}"
