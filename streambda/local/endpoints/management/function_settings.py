"""What a function may have beside its configuration; most of it no function has here.

Tools that read a function whole ask for each of these, and take AWS's answer for "there is none".
"""

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.lambda_errors import AwsError, ErrorCode

PROVISIONED = "/2019-09-30/functions/{name}/provisioned-concurrency"


class FunctionSettings(Documents):
    """Each public method is an operation, as those of `FunctionDocuments`. Raises `AwsError`."""

    def get_provisioned_concurrency(self, query: Query, name: str) -> Document:
        """ListProvisionedConcurrencyConfigs has the same path and List=ALL."""
        self._find_arn(query, name)
        if query.get("List") == "ALL":
            return {"ProvisionedConcurrencyConfigs": []}
        message = "No Provisioned Concurrency Config found for this function"
        raise AwsError(ErrorCode.NO_PROVISIONED_CONCURRENCY, message)

    def get_code_signing_config(self, query: Query, name: str) -> Document:
        """Lambda's own answer without one lacks the ARN that its service model requires."""
        self._find_arn(query, name)
        return {"FunctionName": self._names.find(name).name}

    def get_recursion_config(self, query: Query, name: str) -> Document:
        self._find_arn(query, name)
        return {"RecursiveLoop": "Terminate"}

    def get_runtime_management_config(self, query: Query, name: str) -> Document:
        return {"UpdateRuntimeOn": "Auto", "FunctionArn": self._find_arn(query, name)}

    def _find_arn(self, query: Query, name: str) -> str:
        qualifier = self._names.qualifier_of(name, query.get("Qualifier"))
        return qualify_arn(self._names.find(name, qualifier), qualifier)


FunctionSettings.operations = {
    "GetFunctionCodeSigningConfig": (
        "/2020-06-30/functions/{name}/code-signing-config",
        FunctionSettings.get_code_signing_config,
    ),
    "GetFunctionRecursionConfig": (
        "/2024-08-31/functions/{name}/recursion-config",
        FunctionSettings.get_recursion_config,
    ),
    "GetProvisionedConcurrencyConfig": (PROVISIONED, FunctionSettings.get_provisioned_concurrency),
    "GetRuntimeManagementConfig": (
        "/2021-07-20/functions/{name}/runtime-management-config",
        FunctionSettings.get_runtime_management_config,
    ),
    "ListProvisionedConcurrencyConfigs": (
        PROVISIONED,
        FunctionSettings.get_provisioned_concurrency,
    ),
}
