"""YAML and JSON as CloudFormation reads them, and where they are not well-formed."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.model.errors import AssemblyError
from streambda.local.templates.documents import parse_document, read_document

FORMS: dict[str, Any] = {
    "!Ref A": {"Ref": "A"},
    "!Condition A": {"Condition": "A"},
    "!GetAtt A.B.C": {"Fn::GetAtt": ["A", "B.C"]},
    "!GetAtt [A, B]": {"Fn::GetAtt": ["A", "B"]},
    "!Sub 'x${A}'": {"Fn::Sub": "x${A}"},
    "!Sub ['${a}', {a: !Ref B}]": {"Fn::Sub": ["${a}", {"a": {"Ref": "B"}}]},
    "!Join ['', [a, !Select [0, !GetAZs '']]]": {
        "Fn::Join": ["", ["a", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}]]
    },
    "!If [a, !Ref B, !Ref 'AWS::NoValue']": {
        "Fn::If": ["a", {"Ref": "B"}, {"Ref": "AWS::NoValue"}]
    },
    "!Nope {a: 1}": {"Fn::Nope": {"a": 1}},
    "2012-10-17": "2012-10-17",
    "012345678901": "012345678901",
    "{200: a}": {"200": "a"},
    "yes": True,
}


@pytest.mark.parametrize("text", FORMS)
def test_a_value(text: str) -> None:
    assert parse_document(f"a: {text}", Path("t.yaml")) == {"a": FORMS[text]}


BROKEN = {
    "a: [1\nb: 2": "YAML not well-formed. (line 2, column 2): expected ',' or ']', but got ':'",
    "a:\n\t- b": "YAML not well-formed. (line 2, column 1): found character '\\t' that cannot "
    "start any token: a tab, expected spaces",
    "a: *b": "YAML not well-formed. (line 1, column 4): found undefined alias 'b'",
    "a: !!python/name:os.system": "YAML not well-formed. (line 1, column 4): could not determine",
    '{"a": 1,}': "JSON not well-formed. (line 1, column 9): Expecting property name",
    '{"a":\n 1 "b"}': "JSON not well-formed. (line 2, column 4): Expecting ',' delimiter",
    "a: &b [*b, *b]": "cannot be read: it has more than 1000000 values",
    "[" * 20_000: "cannot be read: RecursionError",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_broken_is_one_line(text: str) -> None:
    with pytest.raises(AssemblyError) as raised:
        parse_document(text, Path("t.yaml"))

    assert str(raised.value).startswith(f"t.yaml{'' if 'cannot be' in BROKEN[text] else ':'} ")
    assert BROKEN[text] in str(raised.value)
    assert "\n" not in str(raised.value)


def test_json_and_yaml_in_braces() -> None:
    assert parse_document('{"a":\t{"Ref": "b"}}', Path("t")) == {"a": {"Ref": "b"}}
    assert parse_document("{a: !Ref b}", Path("t")) == {"a": {"Ref": "b"}}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty, expected an object"),
        (b"- a", "is a list, expected an object"),
        (b"\xff", "is not UTF-8"),
        ("Transform: x".encode("utf-16-le"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_template(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(content)

    with pytest.raises(AssemblyError, match=reason):
        read_document(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"cannot read .*: No such file"):
        read_document(tmp_path / "t.yaml")
