"""SnapStart: the hooks of `snapshot_restore_py` before the snapshot and after it was restored.

Imported only where Lambda takes a snapshot. Order, error types and exit statuses are those of
awslambdaric 4.2.2 (`on_init_complete`), which is Lambda's own Python runtime.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import sys

from ..errors import AFTER_RESTORE_ERROR, BEFORE_SNAPSHOT_ERROR, ErrorReport
from ..logs import log_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..runtime_api import RuntimeApi

    Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

BEFORE_SNAPSHOT_FAILED = 64
AFTER_RESTORE_FAILED = 65


def run_hooks(api: RuntimeApi) -> int | None:
    """Runs the hooks on both sides of the snapshot; the exit status if one of them failed.

    Raises RuntimeApiError when this process is not restored.
    """
    hooks = list(_read_hooks("get_before_snapshot"))
    failure = _call_hooks(reversed(hooks), BEFORE_SNAPSHOT_ERROR)
    if failure is not None:
        api.init_error(failure)
        return BEFORE_SNAPSHOT_FAILED
    api.restore_next()
    failure = _call_hooks(_read_hooks("get_after_restore"), AFTER_RESTORE_ERROR)
    if failure is not None:
        api.restore_error(failure)
        return AFTER_RESTORE_FAILED
    return None


def _read_hooks(registry: str) -> Iterable[Hook]:
    # Whoever registers a hook has imported the module.
    module = sys.modules.get("snapshot_restore_py")
    hooks: Iterable[Hook] = () if module is None else getattr(module, registry)()
    return hooks


def _call_hooks(hooks: Iterable[Hook], error_type: str) -> ErrorReport | None:
    """Calls each hook; the report of the first that raises, once it is in the log."""
    try:
        for hook, arguments, named in hooks:
            hook(*arguments, **named)
    except BaseException as error:  # a hook may even exit
        report = ErrorReport.of(error, error_type)
        log_error(report)
        return report
    return None
