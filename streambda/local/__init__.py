"""The local cloud: functions of a CDK assembly on your own machine, streaming through every door.

async with LocalCloud(Path("cdk.out")) as cloud:
    print(cloud.lambda_url, cloud.doors)
"""

from streambda.local.cloud import Door, DoorKind, DoorRoute, LocalCloud
from streambda.local.errors import AssemblyError, LocalCloudError, PortInUse
from streambda.local.functions import LocalFunction

__all__ = (
    "AssemblyError",
    "Door",
    "DoorKind",
    "DoorRoute",
    "LocalCloud",
    "LocalCloudError",
    "LocalFunction",
    "PortInUse",
)
