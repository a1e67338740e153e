"""Installs into a folder, with caches of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streambda.bundle.dependencies import Dependencies, install_dependencies
from streambda.bundle.options import BundleOptions
from streambda.bundle.package_target import PackageTarget
from streambda.layer import Architecture

Install = Callable[..., Dependencies]

ARM64 = PackageTarget("3.11", Architecture.ARM64)


@pytest.fixture
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))


@pytest.fixture
def install_for(entry: Path, own_caches: None) -> Install:
    """Installs what `entry` asks for, for arm64 and Python 3.11, with options of the bundle."""

    def install(target: PackageTarget = ARM64, **options: object) -> Dependencies:
        chosen = BundleOptions(**options)  # type: ignore[arg-type]
        found = install_dependencies(entry, target, chosen)
        assert found is not None
        return found

    return install
