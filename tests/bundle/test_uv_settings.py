"""Settings of uv that change what is installed are part of the key; all others are not."""

from pathlib import Path

import pytest

from streambda.bundle.uv_settings import FILE_VARIABLES, VARIABLES, digest_settings
from tests.support.templates import ROOT
from tests.support.wheels import make_wheel


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *FILE_VARIABLES, "UV_CONFIG_FILE", "UV_NO_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "system"))


def test_without_settings_nothing_is_added(entry: Path) -> None:
    assert digest_settings(entry) == ""


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_counts_changes_the_key(
    entry: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "one")
    before = digest_settings(entry)
    monkeypatch.setenv(name, "two")

    assert len({"", before, digest_settings(entry)}) == 3


@pytest.mark.parametrize("name", FILE_VARIABLES)
def test_the_file_that_a_variable_names_counts(
    entry: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (entry / "limits.txt").write_text("one<2")
    monkeypatch.setenv(name, "limits.txt")
    before = digest_settings(entry)
    (entry / "limits.txt").write_text("one<3")

    assert digest_settings(entry) != before


def test_wheels_in_a_folder_that_is_searched_count(
    entry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(entry / "wheels", "tiny", {"tiny.py": "1"})
    monkeypatch.setenv("UV_FIND_LINKS", "wheels")
    before = digest_settings(entry)
    make_wheel(entry / "wheels", "tiny", {"tiny.py": "2"})

    assert digest_settings(entry) != before


def test_who_asks_is_not_part_of_the_key(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that is new each day must not deploy the function each day."""
    monkeypatch.setenv("UV_INDEX_URL", "https://user:monday@example.com/simple")
    before = digest_settings(entry)
    monkeypatch.setenv("UV_INDEX_URL", "https://user:tuesday@example.com/simple")

    assert digest_settings(entry) == before


@pytest.mark.parametrize("name", ["UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_INDEX_MINE_PASSWORD"])
def test_a_variable_that_changes_no_package_does_not_count(
    entry: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")

    assert digest_settings(entry) == ""


@pytest.mark.parametrize(
    ("file", "head"),
    [("entry/uv.toml", ""), ("uv.toml", ""), ("entry/pyproject.toml", "[tool.uv]\n"),
     ("pyproject.toml", "[tool.uv]\n"), ("config/uv/uv.toml", ""), ("system/uv/uv.toml", "")],
)  # fmt: skip
def test_each_configuration_file_counts(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, head: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(f'{head}resolution = "lowest"\n')

    assert digest_settings(entry) != ""
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    assert digest_settings(entry) == ""


def test_a_file_that_a_variable_names_stands_for_all_others(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('resolution = "lowest"\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "mine.toml"))
    before = digest_settings(entry)
    (entry / "uv.toml").write_text('resolution = "highest"\n')

    assert digest_settings(entry) == before != ""


def test_tables_about_the_project_do_not_count(entry: Path) -> None:
    (entry / "pyproject.toml").write_text("[tool.uv]\npackage = false\ndev-dependencies = ['a']\n")

    assert digest_settings(entry) == ""


def test_the_docs_name_each_variable_that_counts() -> None:
    text = (ROOT / "docs/constructs.md").read_text()

    for name in (*VARIABLES, *FILE_VARIABLES, "UV_CONFIG_FILE", "UV_NO_CONFIG"):
        assert f"`{name}`" in text
