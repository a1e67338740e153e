"""What a function may have beside its configuration; most of it no function has here.

Tools that read a function whole ask for each of these, and take AWS's answer for "there is none".
"""

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.function_documents import NO_SUCH_RESOURCE
from streambda.local.model.constants import VERSION
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.lambda_errors import AwsError, ErrorCode

PROVISIONED = "/2019-09-30/functions/{name}/provisioned-concurrency"


class FunctionSettings(Documents):
    """Each public method is an operation, as those of `FunctionDocuments`. Raises `AwsError`."""

    def get_policy(self, query: Query, name: str) -> Document:
        """Resource policies are not read: every valid signature may invoke."""
        self._find_arn(query, name)
        raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE)

    def get_event_invoke_config(self, query: Query, name: str) -> Document:
        arn = self._find_arn(query, name)
        if not query.get("Qualifier"):
            arn = f"{arn}:{VERSION}"
        message = f"The function {arn} doesn't have an EventInvokeConfig"
        raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, message)

    def list_event_invoke_configs(self, query: Query, name: str) -> Document:
        self._find_arn(query, name)
        return {"FunctionEventInvokeConfigs": []}

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
    "GetFunctionEventInvokeConfig": (
        "/2019-09-25/functions/{name}/event-invoke-config",
        FunctionSettings.get_event_invoke_config,
    ),
    "GetFunctionRecursionConfig": (
        "/2024-08-31/functions/{name}/recursion-config",
        FunctionSettings.get_recursion_config,
    ),
    "GetPolicy": ("/2015-03-31/functions/{name}/policy", FunctionSettings.get_policy),
    "GetProvisionedConcurrencyConfig": (PROVISIONED, FunctionSettings.get_provisioned_concurrency),
    "GetRuntimeManagementConfig": (
        "/2021-07-20/functions/{name}/runtime-management-config",
        FunctionSettings.get_runtime_management_config,
    ),
    "ListFunctionEventInvokeConfigs": (
        "/2019-09-25/functions/{name}/event-invoke-config/list",
        FunctionSettings.list_event_invoke_configs,
    ),
    "ListProvisionedConcurrencyConfigs": (
        PROVISIONED,
        FunctionSettings.get_provisioned_concurrency,
    ),
}
