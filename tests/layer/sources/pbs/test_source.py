from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.job import BuildJob
from streambda.layer.recipe import read_recipe
from streambda.layer.sources.pbs.source import unpack_pbs
from tests.layer.conftest import RecipeWithPbs
from tests.support.release_page import ReleasePage, sha256


def _job(folder: Path, recipe: Path) -> BuildJob:
    return BuildJob(
        architecture=Architecture.ARM64,
        python="3.13",
        recipe=read_recipe(recipe),
        work=folder / "work",
        downloads=folder / "downloads",
    )


def test_the_tree_of_the_archive_becomes_the_layers(
    tmp_path: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    job = _job(tmp_path, recipe_with_pbs(release_page.url, sha256(pbs_archive)))

    unpacked = unpack_pbs(job)

    assert not (job.tree / "bin/python3").is_symlink()
    assert (job.tree / "lib/python3.13/os.py").is_file()
    assert [one.version for one in unpacked.components] == ["3.13.18"]
    assert unpacked.unlisted is not None
    assert "OpenSSL" in unpacked.unlisted


@pytest.mark.parametrize("cut", [None, 40])
def test_a_download_that_is_no_archive_is_an_error(
    tmp_path: Path,
    release_page: ReleasePage,
    recipe_with_pbs: RecipeWithPbs,
    pbs_archive: bytes,
    cut: int | None,
) -> None:
    release_page.body = b"not a tar archive" if cut is None else pbs_archive[:-cut]
    recipe = recipe_with_pbs(release_page.url, sha256(release_page.body))

    with pytest.raises(LayerError, match="cannot be unpacked"):
        unpack_pbs(_job(tmp_path, recipe))
