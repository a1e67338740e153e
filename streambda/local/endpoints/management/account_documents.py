"""What Lambda tells of an account: its limits, its layers, and the tags of a function."""

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.function_documents import measure
from streambda.local.endpoints.management.paging import drop_missing, take_page
from streambda.local.model.constants import UNZIPPED_BYTES
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# AccountLimit in Lambda's service model; "Default quota", Lambda quotas.
CODE_SIZE_ZIPPED = 50 * 1024 * 1024
TOTAL_CODE_SIZE = 75 * 1024**3
CONCURRENT_EXECUTIONS = 1000


class AccountDocuments(Documents):
    """Each public method is an operation, as those of `FunctionDocuments`. Raises `AwsError`."""

    def get_settings(self, _: Query) -> Document:
        functions = self._names.functions
        reserved = sum(one.reserved_concurrency or 0 for one in functions)
        return {
            "AccountLimit": {
                "TotalCodeSize": TOTAL_CODE_SIZE,
                "CodeSizeUnzipped": UNZIPPED_BYTES,
                "CodeSizeZipped": CODE_SIZE_ZIPPED,
                "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
                "UnreservedConcurrentExecutions": max(CONCURRENT_EXECUTIONS - reserved, 0),
            },
            "AccountUsage": {
                "TotalCodeSize": sum(measure(one)[0] for one in functions),
                "FunctionCount": len(functions),
            },
        }

    def list_tags(self, _: Query, arn: str) -> Document:
        """The names of the stack and in it, by which tools find what belongs together."""
        return {"Tags": self._inventory.list_tags(self._names.find(arn))}

    def list_layers(self, query: Query) -> Document:
        """Those of the app: others are not this account's."""
        found = [
            {
                "LayerName": arn.split(":")[6],
                "LayerArn": arn.rpartition(":")[0],
                "LatestMatchingVersion": {
                    "LayerVersionArn": arn,
                    "Version": int(arn.rpartition(":")[2]),
                },
            }
            for arn in self._inventory.list_physical_ids("AWS::Lambda::LayerVersion")
        ]
        if "find" in query:  # GetLayerVersionByArn
            message = "Only the list of layers is emulated, not GetLayerVersionByArn"
            raise AwsError(ErrorCode.UNKNOWN_OPERATION, message)
        page, marker = take_page(found, query)
        return drop_missing({"Layers": page, "NextMarker": marker})


AccountDocuments.operations = {
    "GetAccountSettings": ("/2016-08-19/account-settings", AccountDocuments.get_settings),
    "ListLayers": ("/2018-10-31/layers", AccountDocuments.list_layers),
    "ListTags": ("/2017-03-31/tags/{arn}", AccountDocuments.list_tags),
}
