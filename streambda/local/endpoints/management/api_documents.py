"""REST APIs and their stages, as API Gateway describes them; the address is in the tags.

Shapes: RestApi, Stage and Deployment in API Gateway's service model.
"""

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.paging import API_GATEWAY, drop_missing, take_page
from streambda.local.model.lambda_errors import AwsError, ErrorCode
from streambda.local.model.rest_api_access import MethodThrottle
from streambda.local.model.rest_apis import RestApi, Stage

# No member of these documents is an address, since it follows from the id on AWS.
URL_TAG = "streambda:url"


def list_page(items: list[Document], query: Query) -> Document:
    page, position = take_page(items, query, API_GATEWAY)
    return drop_missing({"item": page, "position": position})


def not_found(what: str) -> AwsError:
    return AwsError(ErrorCode.NOT_FOUND, f"Invalid {what} identifier specified")


class ApiDocuments(Documents):
    """Each public method is an operation. Raises `AwsError`."""

    service = "apigateway"

    def list_apis(self, query: Query) -> Document:
        apis = self._inventory.assembly.rest_apis
        return list_page([self._describe(api) for api in apis], query)

    def get_api(self, _: Query, api: str) -> Document:
        return self._describe(self._inventory.find_api(api))

    def list_stages(self, query: Query, api: str) -> Document:
        found = self._inventory.find_api(api)
        wanted = query.get("deploymentId")
        stages = [one for one in found.stages if wanted in {None, one.deployment_id}]
        return {"item": [self._describe_stage(found, stage) for stage in stages]}

    def get_stage(self, _: Query, api: str, stage: str) -> Document:
        found = self._inventory.find_api(api)
        for one in found.stages:
            if one.name == stage:
                return self._describe_stage(found, one)
        raise not_found("stage")

    def list_deployments(self, query: Query, api: str) -> Document:
        return list_page(self._list_deployments(api), query)

    def get_deployment(self, _: Query, api: str, deployment: str) -> Document:
        for one in self._list_deployments(api):
            if one["id"] == deployment:
                return one
        raise not_found("Deployment")

    def _list_deployments(self, api: str) -> list[Document]:
        stages = self._inventory.find_api(api).stages
        ids = dict.fromkeys(one.deployment_id for one in stages if one.deployment_id)
        return [{"id": one, "createdDate": self._inventory.started_epoch_s} for one in ids]

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
                "createdDate": self._inventory.started_epoch_s,
                "binaryMediaTypes": list(api.binary_media_types) or None,
                "apiKeySource": "AUTHORIZER" if api.access.key_from_authorizer else "HEADER",
                "endpointConfiguration": {"types": ["EDGE" if api.edge else "REGIONAL"]},
                "disableExecuteApiEndpoint": False,
                "rootResourceId": api.root_resource_id,
                "tags": tags,
            }
        )

    def _describe_stage(self, api: RestApi, stage: Stage) -> Document:
        created = self._inventory.started_epoch_s
        return {
            "stageName": stage.name,
            "deploymentId": stage.deployment_id,
            "variables": dict(stage.variables),
            "methodSettings": {name_method(one): describe(one) for one in stage.throttles},
            "cacheClusterEnabled": False,
            "cacheClusterStatus": "NOT_AVAILABLE",
            "tracingEnabled": False,
            "createdDate": created,
            "lastUpdatedDate": created,
            "tags": {URL_TAG: self._inventory.find_stage(api, stage.name)},
        }


def name_method(one: MethodThrottle) -> str:
    """As "*/*" or "~1words/GET": "~1" is a slash of the path."""
    return (
        f"{one.path.strip('/') if one.path == '/*' else one.path.replace('/', '~1')}/{one.method}"
    )


def describe(one: MethodThrottle) -> Document:
    limits = one.throttle
    return {"throttlingRateLimit": limits.rate_per_s, "throttlingBurstLimit": limits.burst}


ApiDocuments.operations = {
    "GetDeployment": ("/restapis/{api}/deployments/{deployment}", ApiDocuments.get_deployment),
    "GetDeployments": ("/restapis/{api}/deployments", ApiDocuments.list_deployments),
    "GetRestApi": ("/restapis/{api}", ApiDocuments.get_api),
    "GetRestApis": ("/restapis", ApiDocuments.list_apis),
    "GetStage": ("/restapis/{api}/stages/{stage}", ApiDocuments.get_stage),
    "GetStages": ("/restapis/{api}/stages", ApiDocuments.list_stages),
}
