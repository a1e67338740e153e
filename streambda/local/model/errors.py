"""Errors for users of the local cloud. Each message is one line that says what to do."""

from streambda.local.model.findings import Finding
from streambda.local.model.one_line import describe_error


class LocalCloudError(Exception):
    """The local cloud cannot do what it was asked to do."""


class AssemblyError(LocalCloudError):
    """The CDK assembly is missing, cannot be read, or has an unknown schema."""


def describe_reason(error: BaseException) -> str:
    """The message of an error about wrong input, without its type."""
    return str(error) if type(error) in {AssemblyError, ValueError} else describe_error(error)


class PortInUse(LocalCloudError):
    """Another program listens on a port that an endpoint needs."""


class SynthesisError(LocalCloudError):
    """A CDK app did not run, or did not write an assembly.

    Args: `findings` are what its checks have found beside the one that the message names.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class InvocationFailed(LocalCloudError):
    """A function that was invoked has failed: `code` and `details` as in InvokeComplete."""

    def __init__(self, code: str, details: str | None) -> None:
        super().__init__(f"{code}: {details}" if details else code)
        self.code = code
        self.details = details


# What a value of a template that is not as expected makes Python raise.
NOT_AS_EXPECTED = (
    ArithmeticError,
    AssemblyError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
