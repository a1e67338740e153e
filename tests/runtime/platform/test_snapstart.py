"""SnapStart: which hook runs when, what the Runtime API is asked, and how a failure is told."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest

from streambda_runtime.platform import snapstart
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import FakeRuntimeApi, RecordedRequest
from tests.support.managed_image import ManagedImage, make_managed_image
from tests.support.managed_process import run_in_managed_image

SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
NEXT = ("GET", "/2018-06-01/runtime/invocation/next")
RESTORE = ("GET", "/2018-06-01/runtime/restore/next")

# The part of snapshot-restore-py 1.0.0 that is used: lists of (function, args, kwargs).
LIBRARY = """
before, after = [], []
def register_before_snapshot(function, *args, **kwargs):
    before.append((function, args, kwargs))
    return function
def register_after_restore(function, *args, **kwargs):
    after.append((function, args, kwargs))
    return function
def get_before_snapshot(): return before
def get_after_restore(): return after
"""
HOOKS = """
from snapshot_restore_py import register_after_restore, register_before_snapshot
print('init')
@register_before_snapshot
def first(): print('registered first')
register_before_snapshot(print, 'registered', 'last', sep=' ')
register_after_restore(print, 'restored')
register_after_restore(print, 'and once more')
def handler(event, context):
    print('invoked')
    yield 'streamed'
"""


class SnapStartApi(FakeRuntimeApi):
    """Takes a snapshot and restores it at once."""

    restored = (200, b"")

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def _answer_to(self, request: RecordedRequest) -> tuple[int, bytes, dict[str, str]]:
        if request.target.endswith("/restore/next"):
            return *self.restored, {}
        return super()._answer_to(request)

    def calls(self) -> list[tuple[str, str]]:
        return [(request.method, request.target) for request in self.requests]


@pytest.fixture
def image(tmp_path: Path) -> ManagedImage:
    image = make_managed_image(tmp_path)
    (image.runtime / "snapshot_restore_py.py").write_text(LIBRARY)
    return image


def test_hooks_run_on_both_sides_of_the_snapshot(image: ManagedImage) -> None:
    image.write_module("mine.py", HOOKS)

    with SnapStartApi(DIRECT) as fake:
        done = run_in_managed_image(image, "mine.handler", fake, **SNAP_START)

    assert done.stdout.splitlines() == [
        "init", "registered last", "registered first", "restored", "and once more", "invoked",
    ]  # fmt: skip
    [response] = fake.posts()
    assert response.body == b"streamed"
    assert fake.calls() == [RESTORE, NEXT, ("POST", response.target), NEXT]
    assert fake.connections == 2  # the first one was of before the snapshot


def test_without_hooks_the_library_is_not_imported(image: ManagedImage) -> None:
    (image.runtime / "snapshot_restore_py.py").write_text("1/0")
    image.write_module("mine.py", "def handler(event, context): yield 'streamed'\n")

    with SnapStartApi(DIRECT) as fake:
        run_in_managed_image(image, "mine.handler", fake, **SNAP_START)

    assert fake.calls()[:2] == [RESTORE, NEXT]
    assert [post.body for post in fake.posts()] == [b"streamed"]


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_no_hook_runs_where_there_is_no_snapshot(image: ManagedImage, kind: str) -> None:
    image.write_module("mine.py", HOOKS)

    with SnapStartApi(DIRECT) as fake:
        done = run_in_managed_image(
            image, "mine.handler", fake, **SNAP_START | {"AWS_LAMBDA_INITIALIZATION_TYPE": kind}
        )

    assert done.stdout.splitlines() == ["init", "invoked"]
    assert RESTORE not in fake.calls()


@pytest.mark.parametrize(
    ("when", "asked", "path", "error_type", "status"),
    [
        ("before_snapshot", [], "init/error", "Runtime.BeforeSnapshotError", 64),
        ("after_restore", [RESTORE], "restore/error", "Runtime.AfterRestoreError", 65),
    ],
)
@pytest.mark.parametrize("failure", ["ValueError", "SystemExit"])
def test_a_hook_that_fails_is_told_and_ends_the_process(
    image: ManagedImage,
    when: str,
    asked: list[tuple[str, str]],
    path: str,
    error_type: str,
    status: int,
    failure: str,
) -> None:
    image.write_module(
        "mine.py",
        f"import snapshot_restore_py\n@snapshot_restore_py.register_{when}\n"
        f"def fails(): raise {failure}('no pool')\ndef handler(event, context): pass\n",
    )

    with SnapStartApi(DIRECT) as fake:
        done = run_in_managed_image(image, "mine.handler", fake, **SNAP_START)

    [post] = fake.posts()
    report = json.loads(post.body)
    assert fake.calls() == [*asked, ("POST", f"/2018-06-01/runtime/{path}")]
    assert post.headers["lambda-runtime-function-error-type"] == error_type
    assert (report["errorType"], report["errorMessage"]) == (failure, "no pool")
    assert "in fails" in report["stackTrace"][-1]
    assert done.returncode == status
    assert f"[ERROR] {failure}: no pool" in done.stderr


def raises(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize(
    ("before", "after", "status", "reports"),
    [
        ([], [], None, []),
        ([print], [raises], 65, ["restore/error"]),
        ([raises], [], 64, ["init/error"]),
    ],
)
def test_the_status_tells_which_side_failed(
    monkeypatch: pytest.MonkeyPatch,
    before: list[Callable[[str], None]],
    after: list[Callable[[str], None]],
    status: int | None,
    reports: list[str],
) -> None:
    library = SimpleNamespace(
        get_before_snapshot=lambda: [(hook, ("text",), {}) for hook in before],
        get_after_restore=lambda: [(hook, ("text",), {}) for hook in after],
    )
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", library)

    with SnapStartApi() as fake, closing(RuntimeApi(fake.address)) as api:
        found = snapstart.run_hooks(api)

    assert found == status
    assert [post.target for post in fake.posts()] == [
        f"/2018-06-01/runtime/{report}" for report in reports
    ]


def test_a_process_that_is_not_restored_ends(image: ManagedImage) -> None:
    image.write_module("mine.py", HOOKS)

    with SnapStartApi(DIRECT) as fake:
        fake.restored = (500, b"no snapshot")
        done = run_in_managed_image(image, "mine.handler", fake, **SNAP_START)

    assert fake.calls() == [RESTORE]
    assert done.returncode == 1
    assert done.stderr == (
        "[streambda] GET /2018-06-01/runtime/restore/next was answered 500 no snapshot, "
        "expected 200\n"
    )
