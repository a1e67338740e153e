"""SnapStart: the hooks of `snapshot_restore_py` before the snapshot and after it was restored.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from streambda.local.managed_python import errors, logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from streambda.local.managed_python.runtime_api import RuntimeApi

    Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

BEFORE_SNAPSHOT_FAILED = 64
AFTER_RESTORE_FAILED = 65


def pass_through(api: RuntimeApi, environ: Mapping[str, str]) -> int:
    """Runs the hooks where there is a snapshot; 0, or the exit status if one of them failed."""
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return 0
    before = list(_registered("get_before_snapshot"))
    if report := _failure(reversed(before)):
        api.init_error(report, "Runtime.BeforeSnapshotError")
        return BEFORE_SNAPSHOT_FAILED
    api.restore_next()
    if report := _failure(_registered("get_after_restore")):
        api.restore_error(report, "Runtime.AfterRestoreError")
        return AFTER_RESTORE_FAILED
    return 0


def _registered(registry: str) -> Iterable[Hook]:
    # Whoever registers a hook has imported the module.
    module = sys.modules.get("snapshot_restore_py")
    hooks: Iterable[Hook] = () if module is None else getattr(module, registry)()
    return hooks


def _failure(hooks: Iterable[Hook]) -> dict[str, Any] | None:
    """Calls each hook; the report of the first that raises, once it is in the log."""
    try:
        for hook, arguments, named in hooks:
            hook(*arguments, **named)
    except BaseException as error:  # a hook may even exit
        report = errors.report(error)
        logs.log_error(report)
        return report
    return None
