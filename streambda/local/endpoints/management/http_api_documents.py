"""HTTP APIs and their stages, as version 2 of API Gateway describes them.

Shapes: Api, Stage and Route in the service model of API Gateway V2.
"""

from streambda.local.endpoints.management.api_documents import URL_TAG
from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.paging import drop_missing
from streambda.local.model.http_apis import HttpApi


class HttpApiDocuments(Documents):
    """Each public method is an operation. Raises `AwsError`."""

    service = "apigateway"

    def list_apis(self, _: Query) -> Document:
        return {"items": [self._describe(api) for api in self._inventory.assembly.http_apis]}

    def get_api(self, _: Query, api: str) -> Document:
        return self._describe(self._inventory.find_http_api(api))

    def list_stages(self, _: Query, api: str) -> Document:
        found = self._inventory.find_http_api(api)
        return {
            "items": [
                {
                    "stageName": stage.name,
                    "autoDeploy": True,
                    "stageVariables": dict(stage.variables),
                    "tags": {URL_TAG: self._inventory.find_http_stage(found, stage.name)},
                }
                for stage in found.stages
            ]
        }

    def list_routes(self, _: Query, api: str) -> Document:
        return {
            "items": [
                drop_missing(
                    {
                        "routeId": route.key,
                        "routeKey": route.key,
                        "apiKeyRequired": False,
                        "authorizationType": route.auth.kind.value,
                        "authorizationScopes": sorted(route.auth.scopes) or None,
                    }
                )
                for route in self._inventory.find_http_api(api).routes
            ]
        }

    def _describe(self, api: HttpApi) -> Document:
        return {
            "apiId": api.api_id,
            "name": api.name,
            "protocolType": "HTTP",
            # The address of here, without the stage.
            "apiEndpoint": self._inventory.find_http_root(api),
            "routeSelectionExpression": "$request.method $request.path",
            "apiKeySelectionExpression": "$request.header.x-api-key",
            "disableExecuteApiEndpoint": False,
            "tags": {
                "aws:cloudformation:logical-id": api.logical_id,
                "aws:cloudformation:stack-name": api.stack,
            },
        }


HttpApiDocuments.operations = {
    "GetApi": ("/v2/apis/{api}", HttpApiDocuments.get_api),
    "GetApis": ("/v2/apis", HttpApiDocuments.list_apis),
    "GetRoutes": ("/v2/apis/{api}/routes", HttpApiDocuments.list_routes),
    "GetStages": ("/v2/apis/{api}/stages", HttpApiDocuments.list_stages),
}
