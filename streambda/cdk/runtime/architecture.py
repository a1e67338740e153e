"""The CDK's architectures, and those for which there are layers and packages."""

from aws_cdk import aws_lambda as lambda_

from streambda.layer import Architecture


def layer_architecture(architecture: lambda_.Architecture) -> Architecture:
    """The CDK's architecture as one for which there are layers and packages.

    Raises:
        ValueError: `architecture` is neither arm64 nor x86_64.
    """
    try:
        return Architecture(architecture.name)
    except ValueError:
        expected = " or ".join(repr(known.value) for known in Architecture)
        raise ValueError(f"architecture is {architecture.name!r}, expected {expected}") from None
