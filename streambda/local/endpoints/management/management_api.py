"""Operations that tell what the cloud has: their paths, and how they are answered."""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api.errors import send_error
from streambda.local.endpoints.management.api_documents import ApiDocuments
from streambda.local.endpoints.management.function_documents import FunctionDocuments
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.stack_documents import StackDocuments, error_to_xml
from streambda.local.endpoints.signed_request import read_signed
from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.lambda_errors import AwsError

FUNCTIONS = "/2015-03-31/functions"
OF_FUNCTION = f"{FUNCTIONS}/{{name}}"
OF_API = "/restapis/{api}"

# Gets the query, and the parts of the path by name.
Answer = Callable[..., dict[str, Any]]


def list_routes(context: EndpointContext, inventory: Inventory, refuse: ASGIApp) -> Iterator[Route]:
    """Args: `refuse` answers requests with another method, which would change something."""
    for path, name in LAMBDA_PATHS.items():
        yield Route(path, FunctionOperation(context, inventory, refuse, name))
    for path, name in API_PATHS.items():
        yield Route(path, ApiOperation(context, inventory, refuse, name))
    yield Route("/", StackOperation(context, inventory, refuse))


LAMBDA_PATHS = {
    FUNCTIONS: "list_functions",
    f"{FUNCTIONS}/": "list_functions",
    OF_FUNCTION: "get_function",
    f"{OF_FUNCTION}/configuration": "get_configuration",
    f"{OF_FUNCTION}/versions": "list_versions",
    f"{OF_FUNCTION}/aliases": "list_aliases",
    f"{OF_FUNCTION}/aliases/{{alias}}": "get_alias",
    "/2019-09-30/functions/{name}/concurrency": "get_concurrency",
    "/2021-10-31/functions/{name}/url": "get_url",
    "/2021-10-31/functions/{name}/urls": "list_urls",
}
API_PATHS = {
    "/restapis": "list_apis",
    OF_API: "get_api",
    f"{OF_API}/stages": "list_stages",
    f"{OF_API}/stages/{{stage}}": "get_stage",
    f"{OF_API}/resources": "list_resources",
}


@dataclass(frozen=True, slots=True)
class _Operation:
    """One path; an ASGI application. `name` is the method of the documents that answers."""

    context: EndpointContext
    inventory: Inventory
    refuse: ASGIApp
    name: str = ""
    service: ClassVar[str] = ""  # that a signature is for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self.refuse(scope, receive, send)
            return
        try:
            request = await read_signed(self.context, scope, receive, self.service)
            query = dict(request.query_pairs)
            # In a thread: the size of code is found on disk.
            document = await asyncio.to_thread(self.answer, query, scope["path_params"])
        except AwsError as error:
            self.context.log_refusal(scope, error.code.status, str(error))
            await send_error(send, error)
            return
        headers = [
            (CONTENT_TYPE, b"application/json"),
            (b"x-amzn-requestid", request.request_id.encode()),
        ]
        await send_response(send, HttpResponse(200, headers, json.dumps(document).encode()))

    def answer(self, query: dict[str, str], parts: dict[str, str]) -> dict[str, Any]:
        raise NotImplementedError


class FunctionOperation(_Operation):
    service: ClassVar[str] = "lambda"

    def answer(self, query: dict[str, str], parts: dict[str, str]) -> dict[str, Any]:
        documents = FunctionDocuments(self.inventory, self.context.service.names)
        answer: Answer = getattr(documents, self.name)
        return answer(query, **parts)


class ApiOperation(_Operation):
    service: ClassVar[str] = "apigateway"

    def answer(self, query: dict[str, str], parts: dict[str, str]) -> dict[str, Any]:
        answer: Answer = getattr(ApiDocuments(self.inventory), self.name)
        return answer(query, **parts)


@dataclass(frozen=True, slots=True)
class StackOperation:
    """All of CloudFormation's: the action is in the form."""

    context: EndpointContext
    inventory: Inventory
    refuse: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self.refuse(scope, receive, send)
            return
        status, request_id = 200, str(uuid.uuid4())
        try:
            request = await read_signed(self.context, scope, receive, "cloudformation")
            form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
            text = StackDocuments(self.inventory).answer(form, request_id)
        except AwsError as error:
            status, text = error.code.status, error_to_xml(error, request_id)
            self.context.log_refusal(scope, status, str(error))
        headers = [(CONTENT_TYPE, b"text/xml")]
        await send_response(send, HttpResponse(status, headers, text.encode()))
