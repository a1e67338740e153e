"""Templates that somebody has downloaded: none of them fills this machine, or waits for ever."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streambda.local.model.errors import AssemblyError
from streambda.local.templates.budget import Budget
from streambda.local.templates.documents import MOST_BYTES, parse_document, read_document
from tests.support.sam_templates import gaps, read, sam, write_template

WORDS = "\n  Words: {Type: AWS::Serverless::Function}\n"
NESTED = {"Type": "AWS::CloudFormation::Stack"}


def multiply(form: str) -> str:
    """Each line is nine times the one before."""
    lines = (
        f"a{n}: &a{n} {form.replace('%', ', '.join([f'*a{n - 1}'] * 9))}" for n in range(1, 10)
    )
    return ", ".join(["a0: &a0 {'lol': 1}", *lines])


@pytest.mark.parametrize("form", ["[%]", "{<<: [%], more: 1}"])
@pytest.mark.parametrize("braces", ["{%s}", "{a: {%s}}"])
def test_aliases_of_aliases(form: str, braces: str) -> None:
    text = braces % multiply(form)

    for document in (text, f"# YAML\n{text}"):
        with pytest.raises(AssemblyError, match="more than 1000000 values"):
            parse_document(document, Path("t.yaml"))


def test_merges_that_are_few_are_read() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: [*b, *a], z: 4}\n"

    assert parse_document(text, Path("t.yaml"))["c"] == {"x": 3, "y": 2, "z": 4}


def include(name: str) -> dict[str, Any]:
    return {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": name}}}


def write_tree(folder: Path, branch: Callable[[str], Any], wrap: Callable[[Any], Any]) -> None:
    """Nine files, each of which names the next one eight times."""
    for n in range(9):
        parts = {f"K{m}": branch(f"f{n + 1}.json") for m in range(8)}
        (folder / f"f{n}.json").write_text(json.dumps(wrap(parts)))
    (folder / "f9.json").write_text(json.dumps(wrap({"T": {"Type": "AWS::SNS::Topic"}})))


def test_includes_of_includes(tmp_path: Path) -> None:
    write_tree(tmp_path, include, lambda parts: parts)
    text = sam(WORDS, f"Metadata: {json.dumps({'a': include('f0.json')})}")

    found = read(write_template(tmp_path, text))

    assert "the template has more than 1000 files with what it includes" in gaps(found)[0][1]
    assert [one.logical_id for one in found.functions] == ["Words"]


def test_stacks_in_stacks(tmp_path: Path) -> None:
    def nest(name: str) -> dict[str, Any]:
        return {**NESTED, "Properties": {"TemplateURL": name}}

    write_tree(tmp_path, nest, lambda parts: {"Resources": parts})
    text = sam(f"{WORDS}  Child: {json.dumps(nest('f0.json'))}")

    found = read(write_template(tmp_path, text))

    assert any("more than 1000 files" in reason for _, reason in gaps(found))
    assert [one.logical_id for one in found.functions] == ["Words"]


def test_loops_in_loops(tmp_path: Path) -> None:
    part: dict[str, Any] = {"K${A}${B}${C}${D}": {"Type": "AWS::SNS::Topic"}}
    for name in "ABCD":
        part = {f"Fn::ForEach::{name}": [name, [str(n) for n in range(100)], part]}
    text = json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": part})

    with pytest.raises(AssemblyError, match="more than 1000000 values"):
        read(write_template(tmp_path, text))


def test_a_file_that_includes_itself_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "link.json").symlink_to("a.json")
    for name in ("x/../a.json", "link.json"):
        (tmp_path / "a.json").write_text(json.dumps({"k": include(name)}))
        text = sam(WORDS, f"Metadata: {json.dumps(include('a.json'))}")

        [(_, reason)] = gaps(read(write_template(tmp_path, text)))

        assert reason == f"AWS::Include: {tmp_path}/a.json includes itself"


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_long(path: Path) -> None:
    path.touch()
    os.truncate(path, MOST_BYTES + 1)


# What is no file of a template, and what is said of it.
ODD_FILES: dict[str, tuple[str, Callable[[Path], None] | None, str]] = {
    "a device": ("/dev/zero", None, "is not a regular file"),
    "a pipe": ("pipe", make_pipe, "is not a regular file"),
    "a folder": ("folder", Path.mkdir, "is not a regular file"),
    "a NUL": ("a\0b", None, "embedded null byte"),
    "a long name": ("a" * 5000, None, "File name too long"),
    "a file of another kind": ("/etc/passwd", None, "/etc/passwd"),
    "a file without end": (
        "long",
        make_long,
        "is too large, expected at most 8388608 bytes",
    ),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_files(name: str, tmp_path: Path) -> None:
    address, make, reason = ODD_FILES[name]
    if make:
        make(tmp_path / address)
    resources = {
        "Api": {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionUri": address}},
        "Child": {**NESTED, "Properties": {"TemplateURL": address}},
        "Code": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": address}},
        "Words": {"Type": "AWS::Serverless::Function"},
    }
    lines = "\n".join(f"  {name}: {json.dumps(one)}" for name, one in resources.items())

    text = sam(lines, f"Metadata: {json.dumps(include(address))}")
    found = read(write_template(tmp_path, text))

    told = dict(gaps(found))
    assert reason in told["Metadata"]
    assert "Words" not in told
    assert "Words" in [one.logical_id for one in found.functions]
    if name in {"a device", "a pipe", "a NUL", "a long name"}:
        for logical_id in ("Child", "Code"):
            assert "refers to a file or folder that does not exist" in told[logical_id]


def test_what_is_read_is_counted_again_and_again() -> None:
    budget = Budget(values=5, files=1)
    budget.take_values({"a": [1, 2]})
    budget.take_file()

    with pytest.raises(AssemblyError, match="more than 5 values"):
        budget.take_values([1])
    with pytest.raises(AssemblyError, match="more than 1 files"):
        budget.take_file()


def test_as_large_as_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b'{"a":1}'.ljust(MOST_BYTES))

    assert read_document(path) == {"a": 1}
