"""Which sources are part of code as they are."""

from pathlib import Path

import pytest

from streambda.local.synthesis.settings import read_settings
from streambda.local.watch.source_copies import SourceCopies, copy_with_edits, have_same_code
from streambda.local.watch.sources import Sources


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_py", ".py").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write(tmp_path / "code", words_py="a", deep__more_py="b", runtime_py="r", empty_py="")


@pytest.fixture
def copies(tmp_path: Path, code: Path) -> SourceCopies:
    app = write(
        tmp_path / "app",
        src__words_py="a",
        src__deep__more_py="b",
        src__empty_py="",
        other__empty_py="",
        app_py="c",
        src__requirements_txt="d",
        src__runtime_py="another",
    )
    write(code, requirements_txt="d")
    return SourceCopies(Sources(app, read_settings(app)), [code])


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (["src/words.py"], [("src/words.py", "words.py")]),
        (["src/deep/more.py"], [("src/deep/more.py", "deep/more.py")]),
        (["src/words.py", "app.py"], None),
        (["src/empty.py"], None),
        (["src/runtime.py"], None),
        (["src/requirements.txt"], None),
        (["src/new.py"], None),
    ],
)
def test_where_a_source_lies(
    names: list[str], places: list[tuple[str, str]] | None, copies: SourceCopies, code: Path
) -> None:
    assert copies.find(names) == ({code: places} if places else {})


def test_what_is_known_stays_known(copies: SourceCopies, code: Path, tmp_path: Path) -> None:
    """A broken source, which was not taken over, can be repaired."""
    app = write(tmp_path / "app", src__words_py="broken")
    sources = Sources(app, read_settings(app))
    new = write(tmp_path / "new", words_py="broken")

    later = SourceCopies(sources, [code, new], copies)

    expected = {code: [("src/words.py", "words.py")], new: [("src/words.py", "words.py")]}
    assert later.find(["src/words.py"]) == expected
    assert SourceCopies(sources, [code]).find(["src/words.py"]) == {}


@pytest.mark.parametrize("links", [True, False])
def test_a_copy_copy_with_edits(
    links: bool, code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr("os.link", no_link)
    write(code / "__pycache__", **{"words.cpython-313.pyc": "old", "runtime.cpython-313.pyc": "r"})
    new = write(tmp_path / "new", words_py="new")

    into = copy_with_edits(code, [(new / "words.py", "words.py")], tmp_path / "into")

    assert (into / "words.py").read_text() == "new"
    assert (code / "words.py").read_text() == "a"
    assert [path.name for path in (into / "__pycache__").iterdir()] == ["runtime.cpython-313.pyc"]
    assert not have_same_code(into, code)
    (code / "words.py").write_text("new")
    assert have_same_code(into, code)
    (code / "more.py").touch()
    assert not have_same_code(into, code)


def no_link(*_: str) -> None:
    raise OSError(18, "Invalid cross-device link")
