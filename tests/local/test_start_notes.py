"""What is told at the start: an assembly that is older than the app, and one that is not used."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.model.functions import LocalFunction
from streambda.local.records.options import RecordOptions
from streambda.local.start_notes import (
    describe_not_built,
    describe_old_assembly,
    describe_old_build,
    describe_record_file,
    describe_unused_assembly,
)
from streambda.local.synthesis.app import App
from tests.support.local_functions import make_function


def words(code: Path) -> LocalFunction:
    return replace(make_function("Words", "Words", "Words"), code=code)


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


def test_a_file_of_records_is_no_edit_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {"cdk.json": 1, OUT: 5, "calls.jsonl": 9}))

    assert list(describe_old_assembly(Path("cdk.out"), [Path("calls.jsonl")])) == []


def test_what_is_recorded_is_told() -> None:
    path = Path("calls.jsonl")

    (masked,) = describe_record_file(RecordOptions(write=path))
    (plain,) = describe_record_file(RecordOptions(write=path, masked=False))

    assert masked.endswith("logs are masked; the body of each response is kept as it is")
    assert plain == "recording to calls.jsonl with all secrets, as --record-secrets asks"
    assert list(describe_record_file(RecordOptions(show=path))) == []


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


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("requirements.txt", "fastapi==1\n", True),
        ("requirements.txt", "# nothing\n\n-r other.txt\nboto3\n", False),
        ("package.json", '{"dependencies": {"express": "4"}}', True),
        ("package.json", '{"dependencies": {"@aws-sdk/client-lambda": "3"}}', False),
        ("package.json", '{"devDependencies": {"express": "4"}}', False),
        ("package.json", "[", False),
        ("other.txt", "fastapi", False),
    ],
)
def test_packages_that_are_not_installed(name: str, text: str, told: bool, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / name).write_text(text)
    template = tmp_path / "template.yaml"
    functions = [words(tmp_path / "src") for _ in range(2)]

    lines = list(describe_not_built(template, functions))

    advice = "run `sam build`, and pass its template"
    line = f"Words: what its {name} names is not installed in its code: {advice}"
    assert lines == ([line] if told else [])
    (tmp_path / "src/node_modules").mkdir()
    (tmp_path / "src/fastapi-1.dist-info").mkdir()
    assert list(describe_not_built(template, functions)) == []


def test_a_template_that_is_built(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("fastapi")
    built = tmp_path / ".aws-sam/build/template.yaml"
    built.parent.mkdir(parents=True)
    built.touch()

    [line] = describe_not_built(tmp_path / "template.yaml", [words(tmp_path)])

    assert line.endswith(f"pass {built}")


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (
            {".aws-sam/build/template.yaml": 5, "src/a.py": 9, "template.yaml": 2},
            "template.yaml is older than src/a.py: run `sam build` again",
        ),
        ({".aws-sam/build/template.yaml": 5, ".aws-sam/build/A/a.py": 9, "src/a.py": 1}, None),
        ({"template.yaml": 5, "src/a.py": 9}, None),
    ],
)
def test_a_build_that_is_older_than_its_sources(
    files: dict[str, int], line: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)

    lines = list(describe_old_build(Path(next(iter(files)))))

    assert lines == ([f".aws-sam/build/{line}"] if line else [])
