"""The local cloud: functions of a CDK assembly on your own machine, streaming through every door.

async with LocalCloud(Path("cdk.out")) as cloud:
    print(cloud.lambda_url, cloud.doors)
"""

from streambda.local.auth.guard import AuthMode
from streambda.local.auth.keys import AccessKey
from streambda.local.cloud import Door, DoorKind, DoorRoute, LocalCloud
from streambda.local.door_options import DoorOptions
from streambda.local.errors import AssemblyError, LocalCloudError, PortInUse
from streambda.local.faults.table import Faults
from streambda.local.functions import LocalFunction
from streambda.local.limits.table import Limits

__all__ = (
    "AccessKey",
    "AssemblyError",
    "AuthMode",
    "Door",
    "DoorKind",
    "DoorOptions",
    "DoorRoute",
    "Faults",
    "Limits",
    "LocalCloud",
    "LocalCloudError",
    "LocalFunction",
    "PortInUse",
)
