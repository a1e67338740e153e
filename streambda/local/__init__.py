"""The local cloud: functions of a CDK assembly on your own machine, streaming through every door.

async with LocalCloud(Path("cdk.out")) as cloud:  # or local_cloud(app="python app.py")
    print(cloud.lambda_url, cloud.doors)
"""

from streambda.local.assembly.functions import Gap, LocalFunction
from streambda.local.auth.guard import AuthMode
from streambda.local.auth.keys import AccessKey
from streambda.local.cloud import Door, DoorKind, DoorRoute, LocalCloud
from streambda.local.doors.options import DoorOptions
from streambda.local.errors import (
    AssemblyError,
    InvocationFailed,
    LocalCloudError,
    PortInUse,
    SynthesisError,
)
from streambda.local.faults.table import Faults
from streambda.local.from_app import local_cloud
from streambda.local.limits.table import Limits
from streambda.local.log_line import LogLine

__all__ = (
    "AccessKey",
    "AssemblyError",
    "AuthMode",
    "Door",
    "DoorKind",
    "DoorOptions",
    "DoorRoute",
    "Faults",
    "Gap",
    "InvocationFailed",
    "Limits",
    "LocalCloud",
    "LocalCloudError",
    "LocalFunction",
    "LogLine",
    "PortInUse",
    "SynthesisError",
    "local_cloud",
)
