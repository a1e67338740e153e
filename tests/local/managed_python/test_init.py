"""A plain managed Python that cannot start says why in Lambda's words; and what SnapStart calls."""

import json
from pathlib import Path

import pytest

from tests.support.events import DIRECT
from tests.support.fake_runtime_api import FakeRuntimeApi
from tests.support.managed_python_process import run_managed_python

BROKEN = [
    ("", "app.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
    ("", "gone.f", "Runtime.ImportModuleError",
     "Unable to import module 'gone': No module named 'gone'"),
    ("import nowhere", "app.f", "Runtime.ImportModuleError",
     "Unable to import module 'app': No module named 'nowhere'"),
    ("def (", "app.f", "Runtime.UserCodeSyntaxError",
     "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
    ("", "app", "Runtime.MalformedHandlerName",
     "Bad handler 'app': not enough values to unpack (expected 2, got 1)"),
    ("", "sys.exit", "Runtime.BuiltInModuleConflict",
     "Cannot use built-in module sys as a handler module"),
    ("raise KeyError('k')", "app.f", "KeyError", "'k'"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("source", "handler", "error_type", "message"), BROKEN)
def test_an_init_error(
    tmp_path: Path, source: str, handler: str, error_type: str, message: str
) -> None:
    (tmp_path / "app.py").write_text(source)

    with FakeRuntimeApi(DIRECT) as fake:
        done = run_managed_python(tmp_path, handler, fake)

    [post] = fake.requests
    report = json.loads(post.body)
    assert done.returncode == 1
    assert post.target == "/2018-06-01/runtime/init/error"
    assert post.headers["lambda-runtime-function-error-type"] == error_type
    assert (report["errorType"], report["errorMessage"]) == (error_type, message)
    assert report["requestId"] == ""
    assert done.stdout.startswith(f"[ERROR] {error_type}: {message}\n")


def test_where_a_module_breaks(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def (")
    (tmp_path / "breaks.py").write_text("\n1/0\n")

    with FakeRuntimeApi() as fake:
        run_managed_python(tmp_path, "app.f", fake)
        run_managed_python(tmp_path, "breaks.f", fake)

    syntax, division = (json.loads(post.body)["stackTrace"] for post in fake.posts())
    assert syntax == [f'  File "{tmp_path}/app.py" Line 1\n    def (']
    assert division[-1] == f'  File "{tmp_path}/breaks.py", line 2, in <module>\n    1/0\n'


# On Lambda it is in the image.
LIBRARY = """
before, after = [], []
def get_before_snapshot(): return before
def get_after_restore(): return after
"""
HOOKED = """
import snapshot_restore_py as hooks
seen = []
for name in ("one", "two"):
    hooks.before.append((seen.append, (name,), {}))
    hooks.after.append((seen.append, (name,), {}))
def handler(event, context): return seen
"""


@pytest.fixture
def hooked(tmp_path: Path) -> Path:
    (tmp_path / "snapshot_restore_py.py").write_text(LIBRARY)
    (tmp_path / "app.py").write_text(HOOKED)
    return tmp_path


SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def test_hooks_around_a_snapshot(hooked: Path) -> None:
    """The first GET is …/restore/next, which the fake answers with its first event."""
    with FakeRuntimeApi(b"", DIRECT) as fake:
        run_managed_python(hooked, "app.handler", fake, SNAP_START)

    assert fake.requests[0].target == "/2018-06-01/runtime/restore/next"
    assert json.loads(fake.posts()[0].body) == ["two", "one", "one", "two"]


def test_without_a_snapshot_no_hook_is_called(hooked: Path) -> None:
    with FakeRuntimeApi(DIRECT) as fake:
        run_managed_python(hooked, "app.handler", fake)

    assert [post.body for post in fake.posts()] == [b"[]"]


@pytest.mark.parametrize(
    ("registry", "status", "target", "error_type"),
    [
        ("before", 64, "init/error", "Runtime.BeforeSnapshotError"),
        ("after", 65, "restore/error", "Runtime.AfterRestoreError"),
    ],
)
def test_a_hook_that_fails(
    hooked: Path, registry: str, status: int, target: str, error_type: str
) -> None:
    with (hooked / "app.py").open("a") as source:
        source.write(f"hooks.{registry}.append((int, ('x',), {{}}))\n")

    with FakeRuntimeApi(b"", DIRECT) as fake:
        done = run_managed_python(hooked, "app.handler", fake, SNAP_START)

    [post] = fake.posts()
    assert done.returncode == status
    assert post.target == f"/2018-06-01/runtime/{target}"
    assert post.headers["lambda-runtime-function-error-type"] == error_type
    assert json.loads(post.body)["errorType"] == "ValueError"
