"""The local cloud: runs a CDK app's functions on your own machine. Every endpoint streams.

async with LocalCloud(Path("cdk.out")) as cloud:  # or local_cloud(app="python app.py")
    print(cloud.lambda_url, cloud.endpoints)

Its packages, from the lowest up; `tests/test_imports.py` holds their order:

- model: functions, endpoints, errors and reports as plain values
- invocation: one invocation, its stream and its failures
- limits, http, faults, auth, endpoints: from an HTTP request to an invocation and back
- runtime_api, managed_python, debugger, environments: from an invocation to a function's process
  and back
- assembly, synthesis, watch: from an app's sources to its functions, again after each edit
- values: what an assembly does not hold: env files, deployed stacks, credentials
- records: invocations as lines of a file
- console: the page that shows invocations

Beside them: cloud.py puts the packages together, and calls.py is what programs ask of it;
assembly_reader.py completes an assembly with values, debugged_functions.py finds which to debug;
edited_code.py is what functions get after an edit;
observers.py makes what sees invocations without being part of them, line_callbacks.py calls a
program with each line; isolated_tasks.py has the tasks of a cloud, temporary_folder.py its files;
cloud_from_app.py synthesises first, blocking.py is for code without an event loop; serve.py and
terminal.py are `streambda local`, start_notes.py what it tells at the start; replay.py is
`streambda replay`, and send_again.py sends the event of a record.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from streambda.late_names import make_getattr

if TYPE_CHECKING:
    from streambda.local.auth.guard import AuthMode
    from streambda.local.auth.keys import AccessKey
    from streambda.local.cloud import LocalCloud
    from streambda.local.cloud_from_app import local_cloud
    from streambda.local.endpoints.options import EndpointOptions
    from streambda.local.faults.faults import Faults
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
    "InvocationFailed",
    "Limits",
    "LocalCloud",
    "LocalCloudError",
    "LocalFunction",
    "LogLine",
    "PortInUse",
    "SynthesisError",
    "UnsupportedResource",
    "local_cloud",
)

# Loaded when they are asked for: `streambda replay` needs no cloud.
_MODULES = {
    "AccessKey": "auth.keys",
    "AssemblyError": "model.errors",
    "AuthMode": "auth.guard",
    "Endpoint": "model.endpoints",
    "EndpointKind": "model.endpoints",
    "EndpointOptions": "endpoints.options",
    "EndpointRoute": "model.endpoints",
    "Faults": "faults.faults",
    "InvocationFailed": "model.errors",
    "Limits": "limits.limits",
    "LocalCloud": "cloud",
    "LocalCloudError": "model.errors",
    "LocalFunction": "model.functions",
    "LogLine": "invocation.log_lines",
    "PortInUse": "model.errors",
    "SynthesisError": "model.errors",
    "UnsupportedResource": "model.assembly",
    "local_cloud": "cloud_from_app",
}

# Of `streambda[local]`. A missing one is told now, and not by the first request that needs it.
for _package in (
    "dotenv",
    "h11",
    "httptools",
    "pydantic",
    "regex",
    "rich",
    "starlette",
    "uvicorn",
    "watchfiles",
    "yaml",
):
    if find_spec(_package) is None:
        from streambda.missing_extra import explain_missing

        raise explain_missing(
            ModuleNotFoundError(f"No module named {_package!r}", name=_package), "streambda[local]"
        )

# Hidden from type checkers: to them, a package with such a function has every name.
if not TYPE_CHECKING:
    __getattr__ = make_getattr(globals(), _MODULES, "streambda[local]")
