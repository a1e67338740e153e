"""What a function's layers mean for it: whether they are for its architecture, and its versions."""

import hashlib
import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

# All that makes a new version of a layer when it changes.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html
_PROPERTIES = (
    "compatible_architectures", "compatible_runtimes", "content", "description", "layer_name",
    "license_info",
)  # fmt: skip


def check_architectures(
    layers: Sequence[lambda_.ILayerVersion], architecture: lambda_.Architecture
) -> None:
    """Check that no layer says that it is for another architecture only.

    Lambda does not check it: the function would fail at its first import of machine code.

    Raises:
        ValueError: one does.
    """
    for layer in layers:
        resource = layer.node.default_child
        if not isinstance(resource, lambda_.CfnLayerVersion):
            continue  # only its ARN is known
        names = resource.compatible_architectures
        if names and not cdk.Token.is_unresolved(names) and architecture.name not in names:
            raise ValueError(
                f"layer {layer.node.path} is for {' and '.join(names)}, expected one for "
                f"{architecture.name}, the function's architecture"
            )


def note_layers(function: lambda_.Function, layers: Sequence[lambda_.ILayerVersion]) -> None:
    """Let a change of one of `layers` make a new version of `function`.

    By itself the CDK sees such a change only in apps with the feature flag
    `@aws-cdk/aws-lambda:recognizeLayerVersion`: without it an alias stays with the old layer.
    """
    for layer in layers:
        resource = layer.node.default_child
        if isinstance(resource, lambda_.CfnLayerVersion):
            values = [getattr(resource, name) for name in _PROPERTIES]
            text = json.dumps(cdk.Stack.of(layer).resolve(values), sort_keys=True)
            function.invalidate_version_based_on(hashlib.sha256(text.encode()).hexdigest())
