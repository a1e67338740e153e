"""Which version of a function its callers reach: the newest code, or an alias of a version."""

from aws_cdk import aws_lambda as lambda_

LIVE = "live"


def alias_of(
    function: lambda_.Function,
    name: str | None,
    *,
    provisioned: int | None,
    snap_start: bool,
) -> lambda_.Alias | None:
    """The alias of the newest version, "live" unless named; None where nobody asks for one.

    Raises:
        ValueError: `provisioned` is not a number of environments, or both it and `snap_start` are
            asked for.
    """
    if provisioned is not None and provisioned < 1:
        raise ValueError(f"provisioned_concurrency is {provisioned}, expected 1 or more")
    if provisioned is not None and snap_start:
        raise ValueError(
            "provisioned_concurrency and snap_start are set, expected one of them: "
            "Lambda does not restore provisioned environments from a snapshot"
        )
    # Lambda provisions and takes snapshots of versions: what invokes the function itself would
    # get neither.
    if name is None and provisioned is None and not snap_start:
        return None
    return function.add_alias(name or LIVE, provisioned_concurrent_executions=provisioned)
