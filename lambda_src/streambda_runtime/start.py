"""The start of an execution environment: the environment's variables -> handler -> loop."""

from __future__ import annotations

import gc
import os
import sys
from _signal import SIGTERM, signal  # type: ignore[import-not-found]  # `signal` imports enum

from . import certificates, connection, exchange, handlers, logs
from .errors import IMPORT_MODULE_ERROR, ErrorReport, RuntimeApiError, RuntimeFault
from .loop import run
from .runtime_api import RuntimeApi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .platform.metrics import Metrics

EXIT_FAILED = 1
# What the interpreter has loaded from itself before it looks at a path (CPython's frozen.c).
_FROZEN = frozenset(
    ("abc", "codecs", "genericpath", "io", "ntpath", "os", "posixpath", "site", "stat",
     "importlib", "runpy", "zipimport", "_collections_abc", "_sitebuiltins")
)  # fmt: skip


def enter(path: list[str]) -> None:
    """Runs the runtime of a process that is for nothing else; does not return.

    The last folder of sys.path, where the runtime was found, is the zip root: it goes first, and
    then comes `path`.
    """
    sys.path[:] = [sys.path[-1], *path]
    del sys.modules["__future__"]  # a stand-in: the function gets the real one
    signal(SIGTERM, exit_on_signal)
    sys.exit(main(sys.argv[1:]))


def main(replaced: Sequence[str] = ()) -> int:
    """Runs until the Runtime API ends it; the exit status is never 0, for Lambda expects no end.

    `replaced` are the path and the arguments of the bootstrap.py of a managed runtime; there is
    none on provided.al2023.
    """
    logs.set_up(os.environ)
    if replaced:
        from .platform import managed_runtime  # here and below: only what a start needs is imported

        managed_runtime.set_up(os.environ, replaced)
    else:
        certificates.set_bundle(os.environ)
        _extend_path()
    _keep_standard_library()
    if "AWS_LAMBDA_MAX_CONCURRENCY" not in os.environ:
        return _serve()
    from .platform import workers  # only Managed Instances ask for them

    return workers.run(os.environ, _serve)


def exit_on_signal(number: int, frame: object) -> None:
    """On SIGTERM: `finally` blocks and exit hooks run, and a waiting caller gets an error."""
    raise SystemExit(128 + number)


def _serve(
    serve_many: Callable[[str, handlers.Handler, Metrics | None], bool] | None = None,
) -> int:
    """Serves invocations one after the other, or as `serve_many` does, if it does."""
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API", "")
    try:
        api = RuntimeApi(address)
        try:
            handler = _load(api, os.environ.get("_HANDLER", ""))
            if handler is not None:
                logs.flush_streams()  # what the module has printed is not the first invocation's
                gc.freeze()  # modules are never garbage: no collection looks at them again
                gc.enable()
                if (status := _take_snapshot(api)) is not None:
                    return status
                _set_cors()
                metrics = _make_metrics()
                if serve_many is None or not serve_many(address, handler, metrics):
                    run(api, api, handler, metrics)
        finally:
            api.close()
    except RuntimeApiError as error:
        logs.log(str(error))
    return EXIT_FAILED


def _load(api: RuntimeApi, spec: str) -> handlers.Handler | None:
    forks = connection.forks
    try:
        return handlers.load(spec)
    except BaseException as error:  # a module's top level may even exit
        if forks != connection.forks:
            connection.exit_fork(error)
        report = _make_init_report(error)
        try:
            api.init_error(report)
        finally:
            logs.log_error(report)
        return None


def _make_init_report(error: BaseException) -> ErrorReport:
    report = ErrorReport.of(error, IMPORT_MODULE_ERROR)
    if isinstance(error, RuntimeFault) and error.__cause__ is not None:
        report.stack = ErrorReport.of(error.__cause__).stack  # where in the user's module it broke
    return report


def _take_snapshot(api: RuntimeApi) -> int | None:
    """Where SnapStart takes one; the exit status when that failed."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return None
    from .platform import snapstart

    return snapstart.run_hooks(api)


def _set_cors() -> None:
    if os.environ.get("STREAMBDA_CORS"):
        from .platform.cors import make_cors

        exchange.cors = make_cors(os.environ)


def _make_metrics() -> Metrics | None:
    if not os.environ.get("STREAMBDA_METRICS"):
        return None
    from .platform.metrics import make_metrics

    return make_metrics(os.environ)


def _keep_standard_library() -> None:
    """Where the function has modules named like the standard library's, the runtime keeps those."""
    version = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"  # where its path begins
    folders = []
    for folder in sys.path:
        if folder.endswith(version):
            break
        folders.append(folder)
    names = {entry.partition(".")[0] for folder in folders for entry in _list(folder)}
    # Built-in and frozen modules come before any path: nothing takes their place.
    shadowed = names & sys.stdlib_module_names
    if shadowed and (shadowed := shadowed - set(sys.builtin_module_names) - _FROZEN):
        from .platform import shadowed_modules

        shadowed_modules.load_ahead(shadowed, folders)


def _list(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def _extend_path() -> None:
    """Layers' packages, where Lambda's own Python runtimes look for them."""
    opt = os.environ.get("STREAMBDA_OPT", "/opt")  # set where layers lie elsewhere: on a desk
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    candidates = (f"{opt}/python/lib/{version}/site-packages", f"{opt}/python")
    sys.path[1:1] = [folder for folder in candidates if os.path.isdir(folder)]  # noqa: PTH112
