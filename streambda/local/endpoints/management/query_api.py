"""What clients send to "/": all of CloudFormation's and STS's, which speak the Query protocol.

CloudWatch Logs and Cloud Control speak JSON there, and name the operation in a header.

The action and the version of its API are in the form, and tell the service.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.management import log_documents, resource_api
from streambda.local.endpoints.management.caller_documents import describe_caller
from streambda.local.endpoints.management.documents import Document
from streambda.local.endpoints.management.function_documents import FunctionDocuments
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.refusal import Refusal
from streambda.local.endpoints.management.service_errors import Protocol, to_xml, write_error
from streambda.local.endpoints.management.stack_documents import Form, StackDocuments
from streambda.local.endpoints.signed_request import read_request_of_tool, read_signer
from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.request import HttpRequest
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.identity import Caller
from streambda.local.model.lambda_errors import AwsError

Action = Callable[[StackDocuments, Form], Document]

CLOUDFORMATION: Mapping[str, Action] = {
    "DescribeStackResource": StackDocuments.describe_resource,
    "DescribeStackResources": StackDocuments.describe_resources,
    "DescribeStacks": StackDocuments.describe_stacks,
    "ListExports": StackDocuments.list_exports,
    "ListStackResources": StackDocuments.list_resources,
    "ListStacks": StackDocuments.list_stacks,
}
CALLER_IDENTITY = "GetCallerIdentity"

NAMESPACES = {
    "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


@dataclass(frozen=True, slots=True)
class RootOperation:
    """An ASGI application."""

    context: EndpointContext
    inventory: Inventory
    refusal: Refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid.uuid4())
        protocol = Protocol.QUERY
        form: Form = {}
        try:
            request = await read_request_of_tool(self.context, scope, receive)
            target = request.header("x-amz-target") or ""
            if target == resource_api.TARGET:
                protocol = Protocol.JSON
                answer = self._get_resource(request)
            elif target.removeprefix(log_documents.TARGET) in log_documents.OPERATIONS:
                protocol = Protocol.JSON
                answer = self._answer_logs(request, target.removeprefix(log_documents.TARGET))
            else:
                form = read_form(request)
                found = self._answer(form, request, request_id)
                if found is None:
                    await self.refusal.send(scope, send, form)
                    return
                answer = found
        except AwsError as error:
            self.context.log_refusal(scope, error.code.status, str(error))
            await send_response(send, write_error(protocol, error, request_id))
            return
        await send_response(send, answer)

    def _answer(self, form: Form, request: HttpRequest, request_id: str) -> HttpResponse | None:
        """None: the action is not emulated. Raises `AwsError`."""
        action = form.get("Action", "")
        if action == CALLER_IDENTITY:
            service = "sts"
            caller = read_signer(self.context, request, service) or self._make_up_caller()
            document = describe_caller(caller)
        elif action in CLOUDFORMATION:
            service = "cloudformation"
            read_signer(self.context, request, service)
            document = CLOUDFORMATION[action](StackDocuments(self.inventory), form)
        else:
            return None
        text = to_response(service, action, document, request_id)
        return HttpResponse(200, [(CONTENT_TYPE, b"text/xml")], text.encode())

    def _get_resource(self, request: HttpRequest) -> HttpResponse:
        """Raises `AwsError`."""
        read_signer(self.context, request, "cloudcontrolapi")
        functions = FunctionDocuments(self.inventory, self.context.service.names)
        document = resource_api.get_resource(functions, request.body)
        headers = [(CONTENT_TYPE, b"application/x-amz-json-1.0")]
        return HttpResponse(200, headers, json.dumps(document).encode())

    def _answer_logs(self, request: HttpRequest, operation: str) -> HttpResponse:
        """Raises `AwsError`."""
        read_signer(self.context, request, "logs")
        documents = log_documents.LogDocuments(self.inventory, self.context.service.names)
        document = log_documents.answer_logs(documents, operation, request.body)
        headers = [(CONTENT_TYPE, b"application/x-amz-json-1.1")]
        return HttpResponse(200, headers, json.dumps(document).encode())

    def _make_up_caller(self) -> Caller:
        """For an unsigned request that is accepted."""
        places = [one.place for one in self.context.service.names.functions]
        return Caller(access_key="local", place=places[0]) if places else Caller(access_key="local")


def read_form(request: HttpRequest) -> Form:
    """From the body, or from the query: presigned addresses of STS are asked by GET."""
    text = request.body.decode("utf-8", "replace") if request.method == "POST" else request.query
    return dict(parse_qsl(text, keep_blank_values=True))


def to_response(service: str, action: str, document: Document, request_id: str) -> str:
    """An XML document."""
    metadata = {"ResponseMetadata": {"RequestId": request_id}}
    body = to_xml({f"{action}Result": document, **metadata})
    return f'<{action}Response xmlns="{NAMESPACES[service]}">{body}</{action}Response>'
