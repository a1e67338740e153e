"""By which names a user can call a layer. No I/O."""


def is_layer(name: str, arn: str) -> bool:
    """Whether `name` is the ARN, the ARN without its version, or the layer's name alone.

    An ARN that is known only after deployment has the name of what it depends on.
    """
    if arn.startswith(f"<{name}:"):
        return True
    unversioned, _, version = arn.rpartition(":")
    if not version.isdecimal():
        unversioned = arn
    return name in {arn, unversioned, unversioned.rpartition(":")[2]}
