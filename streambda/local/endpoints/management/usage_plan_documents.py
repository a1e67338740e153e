"""Usage plans and the API keys in them, as API Gateway describes them.

Shapes: ApiKey, UsagePlan and UsagePlanKey in API Gateway's service model.
"""

import math
from collections.abc import Iterator

from streambda.local.endpoints.management.api_documents import list_page, not_found
from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.paging import drop_missing
from streambda.local.model.rest_api_access import UsagePlan
from streambda.local.model.rest_apis import RestApi


class UsagePlanDocuments(Documents):
    """Each public method is an operation. Raises `AwsError`.

    A key has its value only if the query asks for it; the name of each is its logical id.
    """

    service = "apigateway"

    def list_keys(self, query: Query) -> Document:
        shown = query.get("includeValues") == "true"
        start = query.get("name", "")
        keys = [one for one in self._list_keys(shown) if one["name"].startswith(start)]
        return list_page(keys, query)

    def get_key(self, query: Query, key: str) -> Document:
        for one in self._list_keys(query.get("includeValue") == "true"):
            if one["id"] == key:
                return one
        raise not_found("API Key")

    def list_plans(self, query: Query) -> Document:
        return list_page(list(self._list_plans().values()), query)

    def get_plan(self, _: Query, plan: str) -> Document:
        return self._find(plan)

    def list_plan_keys(self, query: Query, plan: str) -> Document:
        self._find(plan)
        keys = {
            key: value
            for _, one in self._pairs()
            if one.id == plan
            for value, key in one.keys.items()
        }
        return list_page(
            [
                {"id": key, "type": "API_KEY", "value": value, "name": key}
                for key, value in keys.items()
            ],
            query,
        )

    def _find(self, plan: str) -> Document:
        plans = self._list_plans()
        if plan not in plans:
            raise not_found("Usage Plan")
        return plans[plan]

    def _pairs(self) -> Iterator[tuple[RestApi, UsagePlan]]:
        for api in self._inventory.assembly.rest_apis:
            for plan in api.access.usage_plans:
                yield api, plan

    def _list_keys(self, shown: bool) -> list[Document]:
        values = {key: value for _, plan in self._pairs() for value, key in plan.keys.items()}
        created = self._inventory.started_epoch_s
        return [
            drop_missing(
                {
                    "id": key,
                    "name": key,
                    "value": value if shown else None,
                    "enabled": True,
                    "createdDate": created,
                    "lastUpdatedDate": created,
                    "stageKeys": [],
                }
            )
            for key, value in values.items()
        ]

    def _list_plans(self) -> dict[str, Document]:
        """By id: a plan may have stages of several APIs."""
        found: dict[str, Document] = {}
        for api, plan in self._pairs():
            document = found.setdefault(plan.id, describe_plan(plan))
            document["apiStages"] += [
                {"apiId": api.api_id, "stage": stage} for stage in sorted(plan.stages)
            ]
        return found


def describe_plan(plan: UsagePlan) -> Document:
    throttle, quota = plan.throttle, plan.quota
    return drop_missing(
        {
            "id": plan.id,
            "name": plan.id,
            "apiStages": [],
            "throttle": {"burstLimit": throttle.burst, "rateLimit": throttle.rate_per_s}
            if throttle and math.isfinite(throttle.rate_per_s)
            else None,
            "quota": {"limit": quota.limit, "offset": 0, "period": quota.period} if quota else None,
        }
    )


UsagePlanDocuments.operations = {
    "GetApiKey": ("/apikeys/{key}", UsagePlanDocuments.get_key),
    "GetApiKeys": ("/apikeys", UsagePlanDocuments.list_keys),
    "GetUsagePlan": ("/usageplans/{plan}", UsagePlanDocuments.get_plan),
    "GetUsagePlanKeys": ("/usageplans/{plan}/keys", UsagePlanDocuments.list_plan_keys),
    "GetUsagePlans": ("/usageplans", UsagePlanDocuments.list_plans),
}
