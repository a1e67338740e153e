"""What is told at the start: an assembly that is older than the app, and one that is not used."""

import os
from pathlib import Path

import pytest

from streambda.local.start_notes import describe_old_assembly, describe_unused_assembly
from streambda.local.synthesis.app import App


def write(folder: Path, files: dict[str, int]) -> Path:
    """Empty files, with the time of their last change."""
    for name, changed_at in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (changed_at, changed_at))
    return folder


OUT = "cdk.out/manifest.json"


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (
            {"cdk.json": 1, OUT: 5, "app.py": 2, "src/a.py": 9},
            "cdk.out is older than src/a.py: run `npx cdk synth` again, or pass --app COMMAND",
        ),
        (
            {"cdk.json": 1, OUT: 5, "app.py": 9, "src/a.py": 8},
            "cdk.out is older than app.py and 1 more: run",
        ),
        ({"cdk.json": 1, OUT: 5, "app.py": 2}, None),
        ({"cdk.json": 1, OUT: 5, "app.py": 5}, None),
        # Not sources: the assembly's own files, what is hidden, a virtual environment.
        ({"cdk.json": 1, OUT: 5, "cdk.out/asset.1/a.py": 9, ".git/x": 9}, None),
        ({"cdk.json": 1, OUT: 5, "venv/pyvenv.cfg": 9, "venv/a.py": 9}, None),
        # No app is known.
        ({OUT: 5, "app.py": 9}, None),
        ({"cdk.json": 1, "app.py": 9}, None),
    ],
)
def test_an_assembly_that_is_older_than_its_app(
    files: dict[str, int], line: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, files))

    lines = list(describe_old_assembly(Path("cdk.out")))

    assert len(lines) == (line is not None)
    if line:
        assert lines[0].startswith(line)


@pytest.mark.parametrize(
    ("files", "told"), [({OUT: 1}, True), ({"cdk.out/x": 1}, False), ({}, False)]
)
def test_an_assembly_beside_an_app_that_is_synthesised(
    files: dict[str, int], told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, files))
    app = App.find("true", tmp_path)

    expected = ["cdk.out is not used: what is served has been synthesised now"] if told else []
    assert list(describe_unused_assembly(app)) == expected
