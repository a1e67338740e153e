"""Dotenv files for functions: what they set, for whom, and what is wrong with them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly_reader import find_named
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.values.env_files import (
    EnvFile,
    EnvFileOption,
    EnvFileResult,
    apply_env_files,
    read_env_file,
)
from tests.support.local_functions import make_function


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=b", {"A": "b"}),
        ("A=b=c", {"A": "b=c"}),
        ("export A=b\n", {"A": "b"}),
        ("# a comment\n\nA = b # another\r\nC=d", {"A": "b", "C": "d"}),
        ("A='b # c'\nC=\"d\\ne\"", {"A": "b # c", "C": "d\ne"}),
        ('A="two\nlines"', {"A": "two\nlines"}),
        ("A=b\nC=${A}d", {"A": "b", "C": "bd"}),
        ("A=$B\nC='${D:-e}'", {"A": "$B", "C": "e"}),
        ("A=", {"A": ""}),
        ("A=b\nA=c", {"A": "c"}),
        ("\ufeffA=b", {"A": "b"}),
        ("A=日本", {"A": "日本"}),
        ("", {}),
    ],
)
def test_the_syntax_is_dotenvs(text: str, expected: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(text, "utf-8", newline="")

    assert read_env_file(path) == expected


def test_a_variable_of_the_developer_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "secret")
    (tmp_path / ".env").write_text("A=${MINE}")

    assert read_env_file(tmp_path / ".env") == {"A": "secret"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"A=b\nno equals sign", "line 2 is not NAME=VALUE"),
        (b"A", "line 1 is not NAME=VALUE"),
        (b"=hunter2", "line 1 is not NAME=VALUE"),
        (b"2A=hunter2", "line 1 is not NAME=VALUE"),
        (b"A-B=hunter2", "line 1 is not NAME=VALUE"),
        (b"A='hunter2", "line 1 is not NAME=VALUE"),
        (b'{"A": "hunter2"}', "line 1 is not NAME=VALUE"),
        (b"A=hunter2\x00", "line 1 is not NAME=VALUE"),
        (b"A=\xff", "it is not UTF-8"),
        (None, "cannot be read: No such file or directory"),
        ("folder", "cannot be read: Is a directory"),
    ],
)
def test_a_file_that_is_wrong_is_one_line_without_its_text(
    data: bytes | str | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / ".env"
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data:
        path.mkdir()

    with pytest.raises(LocalCloudError, match=message) as caught:
        read_env_file(path)
    assert str(caught.value).startswith(f"--env-file {path}: ")
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def apply(option: EnvFileOption, *, unresolved: dict[str, str] | None = None) -> EnvFileResult:
    functions = (
        make_function("App-Words", "Words1A", "Words"),
        make_function("App-Clock", "Clock2B", "Clock"),
    )
    if unresolved:
        functions = (with_gaps(functions[0], unresolved), functions[1])
    files = EnvFile.parse_all(option)
    return apply_env_files(files, functions, lambda name: find_named(functions, name, "--env-file"))


def with_gaps(function: LocalFunction, gaps: dict[str, str]) -> LocalFunction:
    return replace(function, environment=dict.fromkeys(gaps, "<gap>"), unresolved=gaps)


def environments(result: EnvFileResult) -> list[dict[str, str]]:
    return [dict(function.environment) for function in result.functions]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("all.env", [{"A": "all", "B": "all"}, {"A": "all", "B": "all"}]),
        (["all.env", "other.env"], [{"A": "other", "B": "all"}, {"A": "other", "B": "all"}]),
        ("Words=one.env", [{"A": "one"}, {}]),
        ("App-Words=one.env", [{"A": "one"}, {}]),
        ("Words1A=one.env", [{"A": "one"}, {}]),
        ({"Words": "one.env", "Clock": "other.env"}, [{"A": "one"}, {"A": "other"}]),
        # One for a single function wins, wherever it stands.
        (["Words=one.env", "all.env"], [{"A": "one", "B": "all"}, {"A": "all", "B": "all"}]),
        ("a=b.env", [{"A": "equals"}, {"A": "equals"}]),
        ((), [{}, {}]),
    ],
)
def test_for_whom_a_file_is(
    options: Any,
    expected: list[dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "all": "A=all\nB=all",
        "other": "A=other",
        "one": "A=one",
        "a=b": "A=equals",
    }.items():
        Path(f"{name}.env").write_text(text)

    assert environments(apply(options)) == expected


def test_a_file_fills_gaps_and_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TABLE=words")

    found = apply(tmp_path / ".env", unresolved={"TABLE": "Table", "QUEUE": "Queue"}).functions[0]

    assert found.environment == {"TABLE": "words", "QUEUE": "<gap>"}
    assert found.unresolved == {"QUEUE": "Queue"}


def test_an_unknown_function_names_those_that_exist() -> None:
    with pytest.raises(LocalCloudError, match="'Nobody', expected one of App-Words, App-Clock"):
        apply("Nobody=/dev/null")


def test_what_only_lambda_sets_is_told(tmp_path: Path) -> None:
    """A `.env` that is used elsewhere too often has a region."""
    (tmp_path / ".env").write_text("AWS_REGION=mars\nAWS_SECRET_ACCESS_KEY=s\nA=b")

    result = apply(str(tmp_path / ".env"))

    assert environments(result) == [{"A": "b"}, {"A": "b"}]
    assert result.notes == (
        f"{tmp_path / '.env'}: only Lambda sets AWS_REGION, AWS_SECRET_ACCESS_KEY; not changed",
    )
