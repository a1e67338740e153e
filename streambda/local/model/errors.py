"""What can go wrong before anything streams. Each message is one line for the person who asked."""


class LocalCloudError(Exception):
    """The local cloud cannot do what it was asked."""


class AssemblyError(LocalCloudError):
    """The CDK assembly is missing, unreadable or of a kind this version does not know."""


class PortInUse(LocalCloudError):
    """Another program listens on a port that an endpoint needs."""


class SynthesisError(LocalCloudError):
    """A CDK app could not be run, or has not written an assembly."""


class InvocationFailed(LocalCloudError):
    """A function that was invoked has failed: `code` and `details` as in InvokeComplete."""

    def __init__(self, code: str, details: str | None) -> None:
        super().__init__(f"{code}: {details}" if details else code)
        self.code = code
        self.details = details
