"""From which source a file of a function's code was copied."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from streambda.local.watch.source_finder import SourceFinder, find_app_folder


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("sources", "code", "name", "found"),
    [
        ({"src/a.py": "1"}, {"a.py": "1"}, "a.py", "src/a.py"),
        ({"a.py": "1"}, {"a.py": "1"}, "a.py", "a.py"),
        ({"src/x/a.py": "1"}, {"x/a.py": "1"}, "x/a.py", "src/x/a.py"),
        # Edited since: there is only one that it can be.
        ({"src/a.py": "2"}, {"a.py": "1"}, "a.py", "src/a.py"),
        # Two of one name: the one that is the same.
        ({"src/a/f.py": "1", "src/b/f.py": "2"}, {"f.py": "2"}, "f.py", "src/b/f.py"),
        # Nobody can tell.
        ({"src/a/f.py": "1", "src/b/f.py": "1"}, {"f.py": "1"}, "f.py", None),
        ({"src/a/f.py": "1", "src/b/f.py": "2"}, {"f.py": "3"}, "f.py", None),
        # A package, whose file has a name that a source has too, elsewhere.
        ({"src/api.py": "1"}, {"httpx/api.py": "x"}, "httpx/api.py", None),
        ({"src/a.py": "1"}, {}, "made.py", None),
        # No source: hidden, excluded, of a virtual environment.
        ({".git/a.py": "1"}, {"a.py": "1"}, "a.py", None),
        ({"out/a.py": "1"}, {"a.py": "1"}, "a.py", None),
        ({"env/pyvenv.cfg": "", "env/lib/a.py": "1"}, {"a.py": "1"}, "a.py", None),
    ],
)
def test_which_source_is_meant(
    sources: dict[str, str],
    code: dict[str, str],
    name: str,
    found: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = write(tmp_path / "app", sources)
    (app / "cdk.json").write_text(json.dumps({"watch": {"exclude": "out"}}))
    bundle = write(tmp_path / "bundle", code)
    monkeypatch.chdir(app)

    assert SourceFinder(app).find(bundle, name) == found

    monkeypatch.chdir(tmp_path / "bundle" if code else tmp_path)
    assert SourceFinder(app).find(bundle, name) == (str(app / found) if found else None)


def test_settings_that_cannot_be_read_name_no_source(tmp_path: Path) -> None:
    app = write(tmp_path, {"cdk.json": "{", "a.py": "1"})

    assert SourceFinder(app).find(app, "a.py") is None


def test_an_assembly_in_an_apps_folder_has_its_sources(tmp_path: Path) -> None:
    write(tmp_path, {"app/cdk.json": "{}", "app/cdk.out/manifest.json": "{}", "b/cdk.out/x": ""})

    assert find_app_folder(tmp_path / "app" / "cdk.out") == tmp_path / "app"
    assert find_app_folder(tmp_path / "b" / "cdk.out") is None
