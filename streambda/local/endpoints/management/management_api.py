"""Operations that tell what the cloud has: their paths, and how they are answered."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api.errors import send_error
from streambda.local.endpoints.management import log_documents
from streambda.local.endpoints.management.account_documents import AccountDocuments
from streambda.local.endpoints.management.api_documents import ApiDocuments
from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.function_documents import FunctionDocuments
from streambda.local.endpoints.management.function_settings import FunctionSettings
from streambda.local.endpoints.management.http_api_documents import HttpApiDocuments
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.query_api import (
    CALLER_IDENTITY,
    CLOUDFORMATION,
    RootOperation,
)
from streambda.local.endpoints.management.refusal import Refusal
from streambda.local.endpoints.management.resource_documents import ResourceDocuments
from streambda.local.endpoints.management.trigger_documents import TriggerDocuments
from streambda.local.endpoints.management.usage_plan_documents import UsagePlanDocuments
from streambda.local.endpoints.signed_request import read_signed
from streambda.local.http.headers import CONTENT_TYPE, REQUEST_ID
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.lambda_errors import AwsError

KINDS = (
    FunctionDocuments,
    FunctionSettings,
    TriggerDocuments,
    AccountDocuments,
    ApiDocuments,
    HttpApiDocuments,
    ResourceDocuments,
    UsagePlanDocuments,
)
CLOUD_CONTROL = {"cloudcontrolapi": ["GetResource"]}
INVOCATIONS = ("Invoke", "InvokeAsync", "InvokeWithResponseStream")


def list_operations() -> dict[str, list[str]]:
    """The names of all that are emulated, by service."""
    found: dict[str, list[str]] = {"lambda": list(INVOCATIONS)}
    for kind in KINDS:
        found.setdefault(kind.service, []).extend(kind.operations)
    return {
        **found,
        "cloudformation": list(CLOUDFORMATION),
        "sts": [CALLER_IDENTITY],
        "logs": list(log_documents.OPERATIONS),
        **CLOUD_CONTROL,
    }


def list_routes(
    context: EndpointContext, inventory: Inventory, refusal: Refusal
) -> Iterator[Route]:
    """Args: `refusal` answers requests with another method, which would change something."""
    for kind in KINDS:
        for path, answer in kind.operations.values():
            operation = ReadOperation(context, inventory, refusal, kind, answer)
            # Some clients end a path with a slash, others do not.
            yield Route(path, operation)
            yield Route(f"{path}/", operation)
    yield Route("/", RootOperation(context, inventory, refusal))


@dataclass(frozen=True, slots=True)
class ReadOperation:
    """One path; an ASGI application."""

    context: EndpointContext
    inventory: Inventory
    refusal: Refusal
    documents: type[Documents]
    answer: Callable[..., Document]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self.refusal.send(scope, send)
            return
        try:
            request = await read_signed(self.context, scope, receive, self.documents.service)
            query = dict(request.query_pairs)
            # In a thread: the size of code is found on disk.
            document = await asyncio.to_thread(self.run, query, scope["path_params"])
        except AwsError as error:
            self.context.log_refusal(scope, error.code.status, str(error))
            await send_error(send, error)
            return
        headers = [
            (CONTENT_TYPE, b"application/json"),
            (REQUEST_ID, request.request_id.encode()),
        ]
        await send_response(send, HttpResponse(200, headers, json.dumps(document).encode()))

    def run(self, query: Query, parts: Mapping[str, str]) -> Document:
        documents = self.documents(self.inventory, self.context.service.names)
        return self.answer(documents, query, **parts)
