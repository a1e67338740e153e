"""The environment variables that Lambda gives a function's process.

From "Defined runtime environment variables" in the Lambda developer guide. The developer's own
variables are not passed on, as they would not be on AWS. Credentials are given with each start.
"""

import re
from collections.abc import Mapping
from os import devnull
from pathlib import Path

from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.environments.shown_paths import RUNTIME
from streambda.local.model.constants import OPT, TASK_ROOT, VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, node_version, start_mode

# Paths, and options with paths such as --require /opt/instrument.js.
NODE_PATHS = ("NODE_OPTIONS", "NODE_PATH")


def make_variables(
    function: LocalFunction,
    *,
    runtime_api: str,
    sandbox: Sandbox,
    program: str,
    log_stream: str,
    credentials: Mapping[str, str],
    lang: Path | None = None,
) -> dict[str, str]:
    """`credentials` as variables; `runtime_api` is host:port; `program` is the Python or Node.js.

    `lang` is a folder in place of /var/lang.
    """
    is_python = start_mode(function) is not StartMode.MANAGED_NODE
    python = {"STREAMBDA_PYTHON": function.environment.get("STREAMBDA_PYTHON", program)}
    return (
        _defaults(sandbox, lang)
        | _search_path(function, sandbox)
        | dict(function.environment)
        | _node_paths(function, sandbox)
        | _reserved(function, runtime_api, sandbox.task_root, log_stream)
        | dict(credentials)
        | (python if is_python else {})
        | _folders(sandbox)
    )


def _defaults(sandbox: Sandbox, lang: Path | None) -> dict[str, str]:
    """What the function's own configuration can replace."""
    path = "/usr/local/bin:/usr/bin:/bin"
    if lang:
        path = f"{lang}/bin:{path}"
    libraries = [sandbox.task_root / "lib"]
    if sandbox.opt:
        path += f":{sandbox.opt / 'bin'}"
        libraries.append(sandbox.opt / "lib")
    defaults = {
        "LANG": "en_US.UTF-8",
        "PATH": path,
        # /var/task and /opt are read-only on Lambda; byte code must not land in cdk.out either.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # Lambda's own list begins with /lib64, which means something else on this machine.
    if existing := [str(library) for library in libraries if library.is_dir()]:
        defaults["LD_LIBRARY_PATH"] = ":".join(existing)
    return defaults


def _search_path(function: LocalFunction, sandbox: Sandbox) -> dict[str, str]:
    """Where a managed runtime finds the packages in /opt and in Lambda's image.

    A list of the function's own hides its layers, as it does on Lambda.
    """
    match start_mode(function):
        case StartMode.WRAPPER:
            return _python_path(function, sandbox)
        case StartMode.MANAGED_NODE:
            return _node_path(function, sandbox)
        case _:
            return {}


def _node_path(function: LocalFunction, sandbox: Sandbox) -> dict[str, str]:
    folders = [sandbox.task_root]
    if sandbox.image:
        folders.insert(0, sandbox.image / "node_modules")
    if sandbox.opt:
        root = sandbox.opt / "nodejs"
        version = f"node{node_version(function)}"
        folders[0:0] = [root / version / "node_modules", root / "node_modules"]
    return {"NODE_PATH": ":".join(str(folder) for folder in folders if folder.is_dir())}


def _node_paths(function: LocalFunction, sandbox: Sandbox) -> dict[str, str]:
    """The function's own variables with folders that Node.js looks into before any code of it."""
    if start_mode(function) is not StartMode.MANAGED_NODE:
        return {}
    found = {name: function.environment.get(name, "") for name in NODE_PATHS}
    folders = {OPT: sandbox.opt, TASK_ROOT: sandbox.task_root, RUNTIME: sandbox.image}
    for shown, folder in folders.items():
        if folder:
            pattern = re.compile(rf"(?<![\w.-]){shown}(?![\w.-])")
            found = {name: pattern.sub(str(folder), text) for name, text in found.items()}
    return {name: text for name, text in found.items() if text}


def _python_path(function: LocalFunction, sandbox: Sandbox) -> dict[str, str]:
    folders = [sandbox.image] if sandbox.image else []
    if sandbox.opt:
        root = sandbox.opt / "python"
        folders = [root / "lib" / function.runtime / "site-packages", root, *folders]
    existing = [str(folder) for folder in folders if folder.is_dir()]
    return {"PYTHONPATH": ":".join(existing)} if existing else {}


def _folders(sandbox: Sandbox) -> dict[str, str]:
    """What is in place of Lambda's own folders, for runtimes that look into these."""
    # This machine may have an /opt, which has nothing to do with layers.
    folders = {"STREAMBDA_OPT": str(sandbox.opt or devnull)}
    return folders | ({"STREAMBDA_IMAGE": str(sandbox.image)} if sandbox.image else {})


def _reserved(
    function: LocalFunction, runtime_api: str, task_root: Path, log_stream: str
) -> dict[str, str]:
    # "Not defined for functions that use the OS-only runtimes", says the guide.
    is_managed = start_mode(function) is not StartMode.BOOTSTRAP
    return {
        **({"AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}"} if is_managed else {}),
        "AWS_DEFAULT_REGION": function.place.region,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
        # All versions are the function itself here: SnapStart's hooks run in every environment.
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.snap_start else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": function.place.region,
        "LAMBDA_RUNTIME_DIR": RUNTIME,
        "LAMBDA_TASK_ROOT": str(task_root),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
