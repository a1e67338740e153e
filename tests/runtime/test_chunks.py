"""What a handler may yield."""

from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime.chunks import Chunks
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
    assert [bytes(data) for data in Chunks(content)] == expected


def test_a_long_item_is_shown_in_part() -> None:
    with pytest.raises(RuntimeFault) as fault:
        next(Chunks([list(range(1000))]))  # type: ignore[list-item]

    assert len(str(fault.value)) < 150


def test_close_runs_the_finally_of_a_generator_that_was_not_read_to_its_end() -> None:
    ended = []

    def source() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append(True)

    chunks = Chunks(source())
    next(chunks)
    chunks.close()

    assert ended == [True]


def test_a_list_has_nothing_to_close() -> None:
    Chunks(["a"]).close()
