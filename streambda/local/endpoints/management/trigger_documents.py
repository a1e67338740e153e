"""Permissions, event sources and retries of functions, as Lambda's API describes them.

Shapes: GetPolicyResponse, EventSourceMappingConfiguration and FunctionEventInvokeConfig in Lambda's
service model; a policy as AddPermission makes it ("Working with resource-based IAM policies in
Lambda", Lambda developer guide).
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.function_documents import NO_SUCH_RESOURCE
from streambda.local.endpoints.management.paging import LAMBDA, drop_missing, take_page
from streambda.local.model.constants import VERSION
from streambda.local.model.function_names import make_up_name, qualify_arn
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode
from streambda.local.model.triggers import EventInvokeConfig, EventSourceMapping, InvokePermission

# "ListEventSourceMappings returns a maximum of 100 items in each response".
MAPPINGS = replace(LAMBDA, most=100, default=100)

# By property of a permission the operator and the key of its condition.
CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
NUMBER = re.compile(r"-?[0-9]{1,9}")

# Properties of an event source whose names and values are those of its configuration.
NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
OTHERS = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "EventSourceArn",
    "FilterCriteria",
    "FunctionResponseTypes",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SourceAccessConfigurations",
    "StartingPosition",
    "Topics",
)
# Of an event invoke config.
RETRIES = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")

NOT_HERE = "the local cloud sends no events of event sources"


class TriggerDocuments(Documents):
    """Each public method is an operation, as those of `FunctionDocuments`. Raises `AwsError`."""

    def get_policy(self, query: Query, name: str) -> Document:
        """What the template permits. Nobody is refused for it: whoever signs may invoke."""
        qualifier = self._names.qualifier_of(name, query.get("Qualifier"))
        function = self._names.find(name, qualifier)
        wanted = None if qualifier == VERSION else qualifier
        arn = qualify_arn(function, wanted)
        statements = [
            describe_permission(one, function, arn)
            for one in self._inventory.assembly.permissions
            if one.function_name == function.name and one.qualifier == wanted
        ]
        if not statements:
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE)
        policy = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements})
        return {"Policy": policy, "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_URL, policy))}

    def list_event_source_mappings(self, query: Query) -> Document:
        name = query.get("FunctionName")
        function = self._names.find(name) if name else None
        source = query.get("EventSourceArn")
        found = [
            self._describe_mapping(one)
            for one in self._inventory.assembly.event_sources
            if (function is None or one.function_name == function.name)
            and (not source or one.properties.get("EventSourceArn") == source)
        ]
        page, marker = take_page(found, query, MAPPINGS)
        return drop_missing({"EventSourceMappings": page, "NextMarker": marker})

    def get_event_source_mapping(self, _: Query, id: str) -> Document:
        for one in self._inventory.assembly.event_sources:
            if make_uuid(one) == id:
                return self._describe_mapping(one)
        raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE)

    def get_event_invoke_config(self, query: Query, name: str) -> Document:
        qualifier = self._names.qualifier_of(name, query.get("Qualifier")) or VERSION
        function = self._names.find(name, qualifier)
        if config := self._inventory.find_event_invoke_config(function, qualifier):
            return self._describe_config(config, function)
        message = f"The function {function.arn}:{qualifier} doesn't have an EventInvokeConfig"
        raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, message)

    def list_event_invoke_configs(self, query: Query, name: str) -> Document:
        function = self._names.find(name)
        configs = self._inventory.assembly.event_invoke_configs
        found = [
            self._describe_config(one, function)
            for one in configs
            if one.function_name == function.name
        ]
        page, marker = take_page(found, query)
        return drop_missing({"FunctionEventInvokeConfigs": page, "NextMarker": marker})

    def _describe_mapping(self, mapping: EventSourceMapping) -> Document:
        own = mapping.properties
        numbers = {name: int(own[name]) for name in NUMBERS if NUMBER.fullmatch(str(own.get(name)))}
        return {
            "UUID": make_uuid(mapping),
            "FunctionArn": qualify_arn(self._names.find(mapping.function_name), mapping.qualifier),
            "LastModified": self._inventory.started_epoch_s,
            "State": "Disabled",
            "StateTransitionReason": NOT_HERE,
            **numbers,
            **{name: own[name] for name in OTHERS if name in own},
        }

    def _describe_config(self, config: EventInvokeConfig, function: LocalFunction) -> Document:
        return {
            "FunctionArn": f"{function.arn}:{config.qualifier or VERSION}",
            "LastModified": self._inventory.started_epoch_s,
            **{name: config.properties[name] for name in RETRIES if name in config.properties},
        }


def make_uuid(mapping: EventSourceMapping) -> str:
    """The same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{mapping.stack}/{mapping.logical_id}"))


def describe_permission(
    permission: InvokePermission, function: LocalFunction, arn: str
) -> Document:
    own = permission.properties
    conditions: dict[str, dict[str, str]] = {}
    for name, (operator, key) in CONDITIONS.items():
        if name in own:
            value = own[name]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            conditions.setdefault(operator, {})[key] = text
    return drop_missing(
        {
            # As CloudFormation makes it up.
            "Sid": make_up_name(permission.stack, permission.logical_id),
            "Effect": "Allow",
            "Principal": describe_principal(str(own.get("Principal", "*")), function),
            "Action": own.get("Action"),
            "Resource": arn,
            "Condition": conditions or None,
        }
    )


def describe_principal(principal: str, function: LocalFunction) -> str | Mapping[str, Any]:
    """A service, an account, an ARN of IAM, or everybody."""
    if principal == "*":
        return principal
    if principal.isdecimal():
        partition = function.place.partition
        return {"AWS": f"arn:{partition}:iam::{principal}:root"}
    return {"AWS" if principal.startswith("arn:") else "Service": principal}


TriggerDocuments.operations = {
    "GetEventSourceMapping": (
        "/2015-03-31/event-source-mappings/{id}",
        TriggerDocuments.get_event_source_mapping,
    ),
    "GetFunctionEventInvokeConfig": (
        "/2019-09-25/functions/{name}/event-invoke-config",
        TriggerDocuments.get_event_invoke_config,
    ),
    "GetPolicy": ("/2015-03-31/functions/{name}/policy", TriggerDocuments.get_policy),
    "ListEventSourceMappings": (
        "/2015-03-31/event-source-mappings",
        TriggerDocuments.list_event_source_mappings,
    ),
    "ListFunctionEventInvokeConfigs": (
        "/2019-09-25/functions/{name}/event-invoke-config/list",
        TriggerDocuments.list_event_invoke_configs,
    ),
}
