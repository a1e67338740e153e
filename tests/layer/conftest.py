from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streambda.layer.recipe import recipe_folder
from tests.support.release_page import ReleasePage, make_pbs_archive

RecipeWithPbs = Callable[..., Path]


@pytest.fixture
def release_page() -> Iterator[ReleasePage]:
    page = ReleasePage()
    thread = threading.Thread(target=page.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield page
    page.server.shutdown()
    thread.join()
    page.server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def recipe_with_pbs(tmp_path: Path) -> RecipeWithPbs:
    """Copies the recipe, and puts the given archive into its lock, for both architectures."""

    def make(url: str, sha256: str, python: str = "3.13") -> Path:
        folder = tmp_path / "recipe"
        if not folder.exists():
            shutil.copytree(recipe_folder(), folder)
        lock = folder / "python-layer.lock"
        head, mark, rest = lock.read_text().partition(f'python = "{python}"\n')
        release, end, tail = rest.partition("\n[[" if "\n[[pbs" in rest else "\n[docker]")
        release = re.sub('^url = ".*"', f'url = "{url}"', release, flags=re.MULTILINE)
        release = re.sub('^sha256 = ".*"', f'sha256 = "{sha256}"', release, flags=re.MULTILINE)
        lock.write_text(head + mark + release + end + tail)
        return folder

    return make


@pytest.fixture
def pbs_archive() -> bytes:
    return make_pbs_archive()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs that are found before the machine's."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder
