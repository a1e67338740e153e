"""Changes on disk, as the watcher reports them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streambda.local.model.errors import LocalCloudError
from streambda.local.serve import run_in_background
from streambda.local.synthesis.settings import Settings, read_settings
from streambda.local.watch.sources import Sources
from streambda.local.watch.watcher import Watcher


@pytest.fixture
async def watcher(tmp_path: Path) -> AsyncIterator[Watcher]:
    (tmp_path / "src").mkdir()
    watching = Watcher(Sources(tmp_path, read_settings(tmp_path)))
    async with run_in_background(watching.run()), asyncio.timeout(30):
        await watching.watching.wait()
        yield watching


async def wait_for_edit(watcher: Watcher, name: str) -> None:
    """A system may report one change several times."""
    while name not in await watcher.next_edits():
        pass


async def test_changed_files_are_reported(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "src/words.py").write_text("one")
    await wait_for_edit(watcher, "src/words.py")
    (tmp_path / "src/words.py").write_text("two")
    await wait_for_edit(watcher, "src/words.py")
    (tmp_path / "src/words.py").unlink()
    await wait_for_edit(watcher, "src/words.py")


@pytest.mark.slow
async def test_folders_that_are_new(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "src/deep").mkdir()
    await wait_for_edit(watcher, "src/deep")
    (tmp_path / "src/deep/words.py").write_text("one")
    await wait_for_edit(watcher, "src/deep/words.py")


class NoticedSources(Sources):
    """Tells when somebody has seen that there are none."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        super().__init__(folder, settings)
        self.gone = asyncio.Event()

    def folders(self) -> frozenset[Path]:
        found = super().folders()
        if not found:
            self.gone.set()
        return found


@pytest.mark.slow
async def test_a_folder_that_is_made_anew(tmp_path: Path) -> None:
    """As `sam build` does it: everything is gone for a while."""
    folder = tmp_path / "build"
    folder.mkdir()
    sources = NoticedSources(folder, read_settings(folder))
    watcher = Watcher(sources)
    async with run_in_background(watcher.run()), asyncio.timeout(30):
        await watcher.watching.wait()
        (folder / "words.py").write_text("one")
        await wait_for_edit(watcher, "words.py")
        shutil.rmtree(folder)
        await sources.gone.wait()
        (tmp_path / "other/src").mkdir(parents=True)
        (tmp_path / "other/src/words.py").write_text("two")
        (tmp_path / "other").rename(folder)
        await wait_for_edit(watcher, "src/words.py")
        (folder / "src/words.py").write_text("three")
        await wait_for_edit(watcher, "src/words.py")


@pytest.mark.slow
async def test_what_is_no_source_is_not_reported(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "src/.hidden").write_text("one")
    (tmp_path / "src/words.py").write_text("one")

    assert await watcher.next_edits() == ["src/words.py"]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(28, "inotify watch limit reached"), "use --no-watch to serve without watching"),
        # Of a folder whose name is not ASCII, in the locale "C" of a Python without its UTF-8 mode.
        (UnicodeEncodeError("utf-8", "\udcc3", 0, 1, "surrogates not allowed"), "LANG=C.UTF-8"),
    ],
)
async def test_a_system_that_cannot_watch_any_more(
    error: Exception, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_watch(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("streambda.local.watch.watcher.awatch", cannot_watch)
    watching = Watcher(Sources(tmp_path, read_settings(tmp_path)))

    with pytest.raises(LocalCloudError, match=advice):
        async with run_in_background(watching.run()):
            await watching.watching.wait()
