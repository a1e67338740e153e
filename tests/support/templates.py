"""Reads a synthesised template as plain dicts."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions

ROOT = Path(__file__).parent.parent.parent

Template = dict[str, Any]
Resource = dict[str, Any]


_ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def scrub_hashes(template: Template) -> Template:
    """Without the hashes of assets, which change with every line of code."""
    clean: Template = json.loads(_ASSET_HASH.sub("<hash>", json.dumps(template)))
    return clean


def template_of(stack: cdk.Stack) -> Template:
    template: Template = dict(assertions.Template.from_stack(stack).to_json())
    return template


def resources(template: Template, type: str) -> dict[str, Resource]:
    """Logical id -> properties."""
    found = template["Resources"].items()
    return {
        id: resource.get("Properties", {}) for id, resource in found if resource["Type"] == type
    }


def only(template: Template, type: str) -> Resource:
    [properties] = resources(template, type).values()
    return properties


def statements_of(template: Template, role: str) -> list[dict[str, Any]]:
    """What the role may do, with every way of giving it leave taken into account."""
    properties = resources(template, "AWS::IAM::Role")[role]
    assert not {"ManagedPolicyArns", "Policies"} & properties.keys()
    policies = resources(template, "AWS::IAM::Policy").values()
    return [
        statement
        for policy in policies
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def trusted_by(template: Template, role: str) -> dict[str, Any]:
    document = resources(template, "AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]
    [statement] = document["Statement"]
    trusted: dict[str, Any] = statement["Principal"]
    return trusted
