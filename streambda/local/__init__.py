"""The local cloud: functions of a CDK assembly on your own machine, streaming through every endpoint.

async with LocalCloud(Path("cdk.out")) as cloud:  # or local_cloud(app="python app.py")
    print(cloud.lambda_url, cloud.endpoints)
"""

from streambda.local.auth.guard import AuthMode
from streambda.local.auth.keys import AccessKey
from streambda.local.cloud import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.faults.faults import Faults
from streambda.local.from_app import local_cloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.limits.limits import Limits
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.endpoints import Endpoint, EndpointKind, EndpointRoute
from streambda.local.model.errors import (
    AssemblyError,
    InvocationFailed,
    LocalCloudError,
    PortInUse,
    SynthesisError,
)
from streambda.local.model.functions import LocalFunction

__all__ = (
    "AccessKey",
    "AssemblyError",
    "AuthMode",
    "Endpoint",
    "EndpointKind",
    "EndpointOptions",
    "EndpointRoute",
    "Faults",
    "UnsupportedResource",
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
