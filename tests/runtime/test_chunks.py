"""What a handler may yield."""

from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime.chunks import ChunkSource, encode_text, is_text
from streambda_runtime.errors import RuntimeFault


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([b"a", bytearray(b"b"), memoryview(b"c"), "ü"], [b"a", b"b", b"c", b"\xc3\xbc"]),
        (["", b"", "a", memoryview(b"")], [b"a"]),
        ("whole", [b"whole"]),
        (b"whole", [b"whole"]),
        ((), []),
        ([memoryview(b"abcd")[::2]], [b"ac"]),
        ([memoryview(b"\1\0\0\0").cast("I")], [b"\1\0\0\0"]),
    ],
)
def test_items_become_bytes(content: Any, expected: list[bytes]) -> None:
    found = list(ChunkSource(content))

    assert found == expected


def test_a_list_is_several_chunks_that_stay_together() -> None:
    content: Any = [["a", b"", bytearray(b"b")], [], [""], "c"]

    chunks = ChunkSource(content)

    assert list(chunks) == [[b"a", b"b"], b"c"]
    assert chunks.text
    assert chunks.last == b"c"


def test_a_list_with_text_in_it_is_text() -> None:
    texts: Any = [b"a", [b"b", "c"]]

    assert [is_text(item) for item in texts] == [False, True]


@pytest.mark.parametrize(
    ("item", "named"),
    [
        (["a", 7], "yielded 7 of type int, expected"),
        ([["a"]], r"yielded \['a'\] of type list within a list, expected"),
        (tuple(range(1000)), r"yielded \(0, 1, 2.*\.\.\. of type tuple"),
    ],
)
def test_what_is_no_chunk_is_named_and_shown_in_part(item: Any, named: str) -> None:
    with pytest.raises(RuntimeFault, match=named) as fault:
        next(ChunkSource([item]))

    assert fault.value.error_type == "Runtime.InvalidChunk"
    assert len(str(fault.value)) < 200


def test_close_runs_the_finally_of_a_generator_that_was_not_read_to_its_end() -> None:
    ended = []

    def source() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append(True)

    chunks = ChunkSource(source())
    next(chunks)
    chunks.close()

    assert ended == [True]


def test_a_list_has_nothing_to_close() -> None:
    ChunkSource(["a"]).close()


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("语", "语"),
        ("\ud83d\ude00", "\U0001f600"),  # both halves of an emoji
        ("a\ud83d", "a\ufffd"),
        ("\ude00b", "\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
    ],
)
def test_a_lone_surrogate_does_not_fail_a_chunk(text: str, encoded: str) -> None:
    assert encode_text(text) == encoded.encode()
    assert list(ChunkSource([text])) == [encoded.encode()]
    assert list(ChunkSource([["a", text]])) == [[b"a", encoded.encode()]]
