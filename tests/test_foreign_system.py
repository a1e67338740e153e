"""What a machine without POSIX, such as one with Windows, can do, and what it is told.

No test here runs on Windows: what only POSIX has is taken away.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle.files import matches
from streambda.bundle.uv_settings import digest_settings
from streambda.cdk import PythonLayer, StreamingFunction
from streambda.layer.cache import hold_lock
from streambda.local import LocalCloud
from streambda.local.http import bounded_protocol
from streambda.local.model.errors import LocalCloudError
from tests.support.function_assets import asset_keys
from tests.support.local_assembly import function, write_assembly
from tests.support.templates import ROOT
from tests.support.wheels import make_layer_archive

# It runs only inside Lambda, where one process starts others.
ONLY_IN_LAMBDA = "streambda_runtime.platform.workers"


def list_modules(root: Path, package: str) -> list[str]:
    files = sorted((root / package).rglob("*.py"))
    names = [".".join(file.relative_to(root).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def find_failures(modules: list[str], *, code: str = "") -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.foreign_system", *modules],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda_src'}", "CODE": code},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_every_module_can_be_imported() -> None:
    modules = list_modules(ROOT, "streambda")

    assert len(modules) > 200
    assert find_failures(modules) == {}


@pytest.mark.slow
def test_handlers_can_be_unit_tested() -> None:
    modules = list_modules(ROOT / "lambda_src", "streambda_runtime")
    code = (
        "from streambda_runtime import testing\n"
        "def handler(event, context):\n"
        "    yield 'one'\n"
        "    yield 'two'\n"
        "assert testing.run(handler, {}).text == 'onetwo'\n"
    )

    assert find_failures(modules, code=code).keys() <= {ONLY_IN_LAMBDA}


async def test_the_local_cloud_says_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_assembly(tmp_path, {"Function": function()})
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(LocalCloudError, match=r"^the local cloud runs functions on Linux and"):
        async with LocalCloud(folder):
            pass


def test_a_lock_is_waited_for_and_leaves_the_content_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows locks bytes, and gives up after ten seconds."""
    calls: list[tuple[int, int]] = []

    def locking(descriptor: int, mode: int, count: int) -> None:
        calls.append((os.lseek(descriptor, 0, os.SEEK_CUR), count))
        if len(calls) == 1:
            raise OSError("resource deadlock avoided")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_LOCK=1))
    (tmp_path / "x").touch()

    with hold_lock(tmp_path / "x.lock") as digests:
        digests.set(tmp_path / "x", "0" * 64)

    assert calls == [(2**30, 1)] * 2
    assert (tmp_path / "x.lock").read_text() == f"{'0' * 64}  x\n"


def test_connections_have_no_limit_where_the_system_tells_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)

    assert bounded_protocol.count_affordable_connections() == bounded_protocol.MOST_CONNECTIONS


def test_the_settings_of_uv_are_where_windows_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv/uv.toml").write_text('index-url = "https://example.com/simple"\n')
    monkeypatch.setenv("APPDATA", str(tmp_path))
    before = digest_settings(tmp_path / "project")
    monkeypatch.setattr(sys, "platform", "win32")

    assert digest_settings(tmp_path / "project") != before


def test_patterns_may_have_the_separator_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not matches("docs/a.md", ["docs\\*.md"])
    monkeypatch.setattr(os, "sep", "\\")

    assert matches("docs/a.md", ["docs\\*.md"])
    assert matches("docs/a.md", ["docs/*.md"])


def test_the_asset_is_a_zip_where_files_have_no_modes(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cdk deploy` takes modes from the disk; without them Lambda could not start the function."""
    monkeypatch.setattr(sys, "platform", "win32")
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Test")
    archive = make_layer_archive("3.99", tmp_path)
    PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=archive)

    StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")

    [key] = asset_keys(stack)
    with zipfile.ZipFile(tmp_path / f"out/asset.{key}") as packed:
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in packed.infolist()}
    assert modes["bootstrap"] == modes["streambda-wrapper"] == 0o755
    assert modes["app.py"] == 0o644
    assert all("\\" not in name for name in modes)
