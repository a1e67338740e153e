from __future__ import annotations

from streambda.layer.elf import read_elf
from streambda.layer.sources.debian.ar import read_members
from streambda.layer.sources.debian.elf_edit import change_runpath_to_rpath, hide_symbols
from tests.support.elf_writer import ar, elf, relocatable

LOCAL, GLOBAL, WEAK = 0, 1, 2
UNDEFINED, TEXT = 0, 1
HIDDEN = 2


def test_runpath_becomes_rpath_and_nothing_else_changes() -> None:
    before = elf(needed=["libc.so.6"], runpath="$ORIGIN/../lib")

    after = change_runpath_to_rpath(before)

    assert read_elf(after).rpath == ("$ORIGIN/../lib",)
    assert read_elf(after).runpath == ()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_symbols_that_an_archive_defines_are_hidden() -> None:
    symbols = [(LOCAL, TEXT), (GLOBAL, UNDEFINED), (GLOBAL, TEXT), (WEAK, TEXT)]
    archive = ar({"": b"the index", "a.o": relocatable(symbols), "b.o": relocatable(symbols)})

    hidden = hide_symbols(archive)

    for member in list(read_members(hidden))[1:]:
        others = [hidden[member.start + 64 + 24 * index + 5] for index in range(4)]
        assert others == [0, 0, HIDDEN, HIDDEN]
    assert hidden.startswith(archive[:80])
