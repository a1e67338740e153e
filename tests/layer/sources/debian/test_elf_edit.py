from __future__ import annotations

from streambda.layer.elf import read_elf
from streambda.layer.sources.debian.ar import read_members
from streambda.layer.sources.debian.elf_edit import change_runpath_to_rpath, hide_symbols
from tests.support.layer_files import make_ar, make_elf, make_object_file

LOCAL, GLOBAL, WEAK = 0, 1, 2
UNDEFINED, TEXT = 0, 1
HIDDEN = 2


def test_runpath_becomes_rpath_and_nothing_else_changes() -> None:
    before = make_elf(needed=["libc.so.6"], runpath="$ORIGIN/../lib")

    after = change_runpath_to_rpath(before)

    assert read_elf(after).rpath == ("$ORIGIN/../lib",)
    assert read_elf(after).runpath == ()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_symbols_that_an_archive_defines_are_hidden() -> None:
    symbols = [(LOCAL, TEXT), (GLOBAL, UNDEFINED), (GLOBAL, TEXT), (WEAK, TEXT)]
    archive = make_ar(
        {"": b"the index", "a.o": make_object_file(symbols), "b.o": make_object_file(symbols)}
    )

    hidden = hide_symbols(archive)

    for member in list(read_members(hidden))[1:]:
        others = [hidden[member.start + 64 + 24 * index + 5] for index in range(4)]
        assert others == [0, 0, HIDDEN, HIDDEN]
    assert hidden.startswith(archive[:80])
