"""What counts as a source."""

from pathlib import Path

import pytest

from streambda.local.synthesis.settings import Settings
from streambda.local.watch.sources import Sources, compile_globs


def settings(include: tuple[str, ...] = ("**",), exclude: tuple[str, ...] = ()) -> Settings:
    return Settings(app=None, context={}, include=include, exclude=exclude)


@pytest.mark.parametrize(
    ("glob", "matched", "missed"),
    [
        ("**", ["a", "a/b/c.py"], []),
        ("src/**", ["src/a", "src/a/b.py"], ["a", "lib/src/a"]),
        ("src", ["src", "src/a/b"], ["srcs", "a/src"]),
        ("**/*.py", ["a.py", "a/b/c.py"], ["a.pyc", "py"]),
        ("stacks/**/*.py", ["stacks/a.py", "stacks/b/c.py"], ["stacks/a.txt", "a.py"]),
        ("./a?.py", ["ab.py"], ["a/.py", "a.py", "abc.py"]),
    ],
)
def test_globs(glob: str, matched: list[str], missed: list[str]) -> None:
    expression = compile_globs([glob])

    assert [name for name in [*matched, *missed] if expression.fullmatch(name)] == matched


def test_no_globs_match_nothing() -> None:
    assert not compile_globs([]).fullmatch("")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("app.py", True),
        ("src/words.py", True),
        ("docs/notes.py", False),
        ("src/.words.py.swp", False),
        (".venv/lib/x.py", False),
        ("cdk.out/asset.1/x.py", False),
        ("src/__pycache__/words.cpython-313.pyc", False),
        ("web/node_modules/x/y.js", False),
        ("src/words.py~", False),
    ],
)
def test_what_counts(name: str, counts: bool, tmp_path: Path) -> None:
    sources = Sources(tmp_path, settings(exclude=("docs",)))

    assert sources.is_source(tmp_path / name) is counts


def test_only_what_is_included_counts(tmp_path: Path) -> None:
    sources = Sources(tmp_path, settings(include=("src/**",)))

    assert sources.is_source(tmp_path / "src/a.py")
    assert not sources.is_source(tmp_path / "README.md")


def test_folders(tmp_path: Path) -> None:
    for name in ("src/deep", ".git/objects", "env/lib", "node_modules/x", "cdk.out/asset.1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").touch()

    found = Sources(tmp_path, settings()).folders()

    assert found == {tmp_path, tmp_path / "src", tmp_path / "src/deep"}


def test_what_we_print_to_is_no_source(tmp_path: Path) -> None:
    """Each line in it would be a change, which is reported by a line."""
    log = tmp_path / "local.out"
    with log.open("w") as ours:
        sources = Sources(tmp_path, settings(), outputs=(ours.fileno(), 10_000))

        assert not sources.is_source(log)
        assert sources.is_source(tmp_path / "other.out")


def test_what_we_write_is_no_source(tmp_path: Path) -> None:
    """It need not be there when watching begins."""
    calls = tmp_path / "calls.jsonl"
    sources = Sources(tmp_path, settings(), written=[calls, tmp_path / "never"])

    assert not sources.is_source(calls)
    calls.touch()
    assert not sources.is_source(calls)
    assert sources.is_source(tmp_path / "template.yaml")
