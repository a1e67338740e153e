"""Whether API Gateway may invoke the functions of a template's REST APIs.

The local cloud evaluates no policies, so a method whose role or permission is missing works here,
and answers 500 on AWS. InvokeWithResponseStream has no IAM action of its own: streaming methods too
need `lambda:InvokeFunction`. The CDK writes permissions by itself; in templates they may miss.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Stack
from streambda.local.assembly.rest_apis import REST_API, read_rest_apis
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.patterns import matches_wildcards
from streambda.local.model.rest_apis import LambdaIntegration, Route

ACTION = "lambda:InvokeFunction"
SERVICE = "apigateway.amazonaws.com"
ROLE = "AWS::IAM::Role"
PERMISSION = "AWS::Lambda::Permission"
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")

ON_AWS = "on AWS it answers 500"

Document = Mapping[str, Any]


def find_missing_permissions(stacks: ResolvedStacks) -> Iterator[UnsupportedResource]:
    for stack, resolver in stacks:
        if not stack.from_template:
            continue
        policies = _Policies(stack, resolver)
        for api in read_rest_apis(stack, resolver):
            for route in api.routes:
                if reason := policies.find_problem(route):
                    name = f"{api.logical_id} {route.method} {route.path}"
                    yield UnsupportedResource(type=REST_API, name=name, reason=reason, wrong=True)


class _Policies:
    """What one template allows."""

    def __init__(self, stack: Stack, resolver: Resolver) -> None:
        self._stack = stack
        self._resolver = resolver
        self._roles = {
            resolver.text({"Fn::GetAtt": [name, "Arn"]}): (name, role)
            for name, role in stack.resources_of_type(ROLE)
        }

    def find_problem(self, route: Route) -> str | None:
        integration = route.integration
        if not isinstance(integration, LambdaIntegration):
            return None
        function = integration.function_name
        if not integration.credentials:
            if self._has_permission(function):
                return None
            expected = f"expected {PERMISSION}, or a role as credentials"
            return f"{ON_AWS}: API Gateway may not invoke the function, {expected}"
        if integration.credentials not in self._roles:
            return None  # the caller's own, or a role of another stack
        name, role = self._roles[integration.credentials]
        properties = self._resolver.resolve(role.properties)
        if not _trusts(properties.get("AssumeRolePolicyDocument", {})):
            return f"{ON_AWS}: the role {name} does not trust {SERVICE}"
        # What managed policies allow is not written here.
        if properties.get("ManagedPolicyArns"):
            return None
        documents = [one.get("PolicyDocument", {}) for one in properties.get("Policies", [])]
        documents += self._list_attached(name)
        if any(_allows(document, function) for document in documents):
            return None
        return f"{ON_AWS}: the role {name} does not allow {ACTION} of the function"

    def _has_permission(self, function: str) -> bool:
        for _, permission in self._stack.resources_of_type(PERMISSION):
            properties = self._resolver.resolve(permission.properties)
            named = str(properties.get("FunctionName", ""))
            if properties.get("Principal") == SERVICE and (
                named == function or named.split(":")[-1] in function.split(":")
            ):
                return True
        return False

    def _list_attached(self, role: str) -> Iterator[Document]:
        reference = self._resolver.text({"Ref": role})
        for kind in POLICIES:
            for _, policy in self._stack.resources_of_type(kind):
                properties = self._resolver.resolve(policy.properties)
                names = [*properties.get("Roles", ()), properties.get("RoleName")]
                if reference in names:
                    yield properties.get("PolicyDocument", {})


def _list_statements(document: Document) -> Iterator[Document]:
    statements = document.get("Statement", [])
    yield from statements if isinstance(statements, list) else [statements]


def _trusts(document: Document) -> bool:
    return any(
        one.get("Effect") == "Allow"
        and SERVICE in _as_list(_as_map(one.get("Principal")).get("Service"))
        for one in _list_statements(document)
    )


def _allows(document: Document, function: str) -> bool:
    return any(
        one.get("Effect") == "Allow"
        and any(
            matches_wildcards(str(action), ACTION, ignore_case=True)
            for action in _as_list(one.get("Action"))
        )
        and any(
            matches_wildcards(str(resource), arn)
            for resource in _as_list(one.get("Resource"))
            # A policy may name the function with its versions and aliases.
            for arn in (function, f"{function}:1")
        )
        for one in _list_statements(document)
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_map(value: Any) -> Document:
    return value if isinstance(value, dict) else {}
