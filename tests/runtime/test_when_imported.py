"""Seeing a module's first import; test_logs.py sees that of `logging` itself."""

import sys
from pathlib import Path

import pytest

from streambda_runtime.when_imported import call_when_imported


def test_after_import_calls_once_and_after_the_modules_own_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "streambda_late.py").write_text("ready = True")
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    seen: list[object] = []

    call_when_imported("streambda_late", lambda: seen.append(sys.modules["streambda_late"].ready))
    assert sys.meta_path != finders
    import streambda_late  # type: ignore[import-not-found]

    call_when_imported("streambda_late", lambda: seen.append("at once"))
    assert seen == [True, "at once"]
    assert sys.meta_path == finders
    monkeypatch.delitem(sys.modules, streambda_late.__name__)


def test_after_import_leaves_a_module_that_is_nowhere_to_the_others() -> None:
    finders = list(sys.meta_path)
    call_when_imported("streambda_nowhere", lambda: None)
    try:
        with pytest.raises(ModuleNotFoundError, match="streambda_nowhere"):
            __import__("streambda_nowhere")
    finally:
        sys.meta_path[:] = finders
