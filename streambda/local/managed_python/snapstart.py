"""SnapStart: the hooks of `snapshot_restore_py` before the snapshot and after it was restored.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import logs
from .errors import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .runtime_api import RuntimeApi

    Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

BEFORE_SNAPSHOT_FAILED = 64
AFTER_RESTORE_FAILED = 65


def run_hooks(api: RuntimeApi, environ: Mapping[str, str]) -> int:
    """Does nothing without SnapStart. Returns 0, or the exit status if a hook failed."""
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return 0
    before = list(_list_hooks("get_before_snapshot"))
    if report := _call_hooks(reversed(before)):
        api.send_init_error(report, "Runtime.BeforeSnapshotError")
        return BEFORE_SNAPSHOT_FAILED
    api.restore_next()
    if report := _call_hooks(_list_hooks("get_after_restore")):
        api.send_restore_error(report, "Runtime.AfterRestoreError")
        return AFTER_RESTORE_FAILED
    return 0


def _list_hooks(registry: str) -> Iterable[Hook]:
    # A function that registers hooks has imported the module.
    module = sys.modules.get("snapshot_restore_py")
    hooks: Iterable[Hook] = () if module is None else getattr(module, registry)()
    return hooks


def _call_hooks(hooks: Iterable[Hook]) -> dict[str, Any] | None:
    """Returns None, or the report of the first hook that raises, after logging it."""
    try:
        for hook, arguments, keywords in hooks:
            hook(*arguments, **keywords)
    except BaseException as error:  # a hook may even call sys.exit()
        report = describe_error(error)
        logs.log_error(report)
        return report
    return None
