"""REST APIs and their stages, as API Gateway describes them; the address is in the tags.

Shapes: RestApi, Stage and Resource in API Gateway's service model.
"""

from collections.abc import Mapping
from typing import Any

from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.paging import drop_missing, take_page
from streambda.local.model.lambda_errors import AwsError, ErrorCode
from streambda.local.model.rest_apis import RestApi, Stage

Document = dict[str, Any]
Query = Mapping[str, str]

# No member of these documents is an address, since it follows from the id on AWS.
URL_TAG = "streambda:url"

# "The maximum number of returned results per page. The default value is 25 and the maximum 500."
MOST_ITEMS = 500
DEFAULT_ITEMS = "25"


class ApiDocuments:
    """Each public method is an operation. Raises `AwsError`."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def list_apis(self, query: Query) -> Document:
        return self._page(
            [self._describe(api) for api in self._inventory.assembly.rest_apis], query
        )

    def get_api(self, _: Query, api: str) -> Document:
        return self._describe(self._find(api))

    def list_stages(self, _: Query, api: str) -> Document:
        found = self._find(api)
        return {"item": [self._describe_stage(found, stage) for stage in found.stages]}

    def get_stage(self, _: Query, api: str, stage: str) -> Document:
        found = self._find(api)
        for one in found.stages:
            if one.name == stage:
                return self._describe_stage(found, one)
        raise AwsError(ErrorCode.NOT_FOUND, "Invalid stage identifier specified")

    def list_resources(self, query: Query, api: str) -> Document:
        found: dict[str, Document] = {}
        for route in self._find(api).routes:
            resource = found.setdefault(
                route.resource_id,
                {"id": route.resource_id, "path": route.path, "resourceMethods": {}},
            )
            resource["resourceMethods"][route.method] = {}
        return self._page(list(found.values()), query)

    def _page(self, items: list[Document], query: Query) -> Document:
        query = {"limit": DEFAULT_ITEMS, **query}
        page, position = take_page(items, query, marker="position", size="limit", most=MOST_ITEMS)
        return drop_missing({"item": page, "position": position})

    def _find(self, api_id: str) -> RestApi:
        for api in self._inventory.assembly.rest_apis:
            if api_id in {api.api_id, api.logical_id}:
                return api
        account = next((one.place.account_id for one in self._inventory.assembly.rest_apis), "")
        message = f"Invalid API identifier specified {account}:{api_id}"
        raise AwsError(ErrorCode.NOT_FOUND, message)

    def _describe(self, api: RestApi) -> Document:
        tags = {
            "aws:cloudformation:logical-id": api.logical_id,
            "aws:cloudformation:stack-name": api.stack,
        }
        if api.stages:
            tags[URL_TAG] = self._inventory.find_stage(api, api.stages[0].name)
        return drop_missing(
            {
                "id": api.api_id,
                "name": api.name,
                "createdDate": int(self._inventory.started.timestamp()),
                "binaryMediaTypes": list(api.binary_media_types) or None,
                "apiKeySource": "AUTHORIZER" if api.access.key_from_authorizer else "HEADER",
                "endpointConfiguration": {"types": ["EDGE" if api.edge else "REGIONAL"]},
                "disableExecuteApiEndpoint": False,
                "tags": tags,
            }
        )

    def _describe_stage(self, api: RestApi, stage: Stage) -> Document:
        created = int(self._inventory.started.timestamp())
        return {
            "stageName": stage.name,
            "deploymentId": stage.deployment_id,
            "variables": dict(stage.variables),
            "cacheClusterEnabled": False,
            "createdDate": created,
            "lastUpdatedDate": created,
            "tags": {URL_TAG: self._inventory.find_stage(api, stage.name)},
        }
