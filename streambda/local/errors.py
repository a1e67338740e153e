"""What can go wrong before anything streams. Each message is one line for the person who asked."""


class LocalCloudError(Exception):
    """The local cloud cannot do what it was asked."""


class AssemblyError(LocalCloudError):
    """The CDK assembly is missing, unreadable or of a kind this version does not know."""


class PortInUse(LocalCloudError):
    """Another program listens on a port that a door needs."""


class SynthesisError(LocalCloudError):
    """A CDK app could not be run, or has not written an assembly."""
