"""Texts of others, on one line and harmless."""

import pytest

from streambda.local.model.one_line import describe_error, escape_controls


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("plain [said] 5\\n", "utf-8", "plain [said] 5\\n"),
        ("a\tb", "utf-8", "a\tb"),
        ("", "utf-8", ""),
        ("漢 é 😀 👩\u200d💻", "utf-8", "漢 é 😀 👩\u200d💻"),
        ("\x1b[2J\x1b]0;title\x07", "utf-8", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m \x85 \x7f \x00", "utf-8", "\\x9b31m \\x85 \\x7f \\x00"),
        ("a\nb\r\x0b\x0c", "utf-8", "a\\nb\\r\\x0b\\x0c"),
        ("a\u2028b\u2029", "utf-8", "a\\u2028b\\u2029"),
        (
            "\u202eevil\u202c \u2066x\u2069 \u200f",
            "utf-8",
            "\\u202eevil\\u202c \\u2066x\\u2069 \\u200f",
        ),
        ("\ud800 \udfff", "utf-8", "\\ud800 \\udfff"),
        ("\udcff", "utf-8", "\\udcff"),
        ("é 漢 😀", "ascii", "\\xe9 \\u6f22 \\U0001f600"),
        ("é 漢", "latin-1", "é \\u6f22"),
        ("é 漢", "cp1252", "é \\u6f22"),
        ("é", "no such encoding", "\\xe9"),
    ],
)
def test_what_a_terminal_gets(text: str, encoding: str, shown: str) -> None:
    assert escape_controls(text, encoding) == shown


class Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\nlines \x1b"), "ValueError: two lines \\x1b"),
        (ValueError(), "ValueError"),
        (Rude(), "Rude"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (ExceptionGroup("g", [ExceptionGroup("h", [KeyError("k")])]), "KeyError: 'k'"),
        (ValueError("\ud800"), "ValueError: \\ud800"),
        (ValueError("x" * 9999), f"ValueError: {'x' * 500}"),
    ],
)
def test_an_error_is_one_line(error: Exception, line: str) -> None:
    assert describe_error(error) == line
