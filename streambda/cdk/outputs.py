"""Addresses as outputs of a stack, under names that follow from the app alone."""

import re

import aws_cdk as cdk
from constructs import Construct


def add_output(scope: Construct, name: str, value: str) -> cdk.CfnOutput:
    """Make `value` an output of the stack: "Url" of the construct "Words" is "WordsUrl".

    The CDK's own names end in eight hexadecimal digits, which cannot be predicted.
    """
    stack = cdk.Stack.of(scope)
    own = [it.node.id for it in scope.node.scopes[len(stack.node.scopes) :]]
    output = cdk.CfnOutput(scope, f"{name}Output", value=value)
    output.override_logical_id(re.sub(r"[^A-Za-z0-9]", "", "".join(own) + name))
    return output
