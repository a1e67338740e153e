from __future__ import annotations

import struct

import pytest

from streambda.layer import elf
from streambda.layer.elf import DT_VERNEEDNUM, ElfError, read_elf
from tests.support.layer_files import ARM64, LOADERS, make_elf


def test_reads_what_the_loader_reads() -> None:
    read = read_elf(
        make_elf(
            machine=ARM64,
            needed=["libc.so.6", "libssl.so.3"],
            versions=["GLIBC_2.17", "OPENSSL_3.0.0"],
            soname="libx.so.1",
            rpath="$ORIGIN/../lib:/opt/lib",
            runpath="/lib64",
            loader=LOADERS[ARM64],
        )
    )

    assert read.machine == ARM64
    assert read.needed == ("libc.so.6", "libssl.so.3")
    assert read.versions == ("GLIBC_2.17", "OPENSSL_3.0.0")
    assert read.soname == "libx.so.1"
    assert read.rpath == ("$ORIGIN/../lib", "/opt/lib")
    assert read.runpath == ("/lib64",)
    assert read.loader == LOADERS[ARM64]


def test_a_file_that_asks_for_nothing_has_empty_fields() -> None:
    read = read_elf(make_elf())

    assert (read.needed, read.versions, read.rpath, read.runpath) == ((), (), (), ())
    assert read.soname is None
    assert read.loader is None


@pytest.mark.parametrize("start", [b"", b"#!/bin/sh", b"\x7fELF\x01\x01", b"\x7fELF\x02\x02"])
def test_other_files_are_refused(start: bytes) -> None:
    with pytest.raises(ElfError, match="not a 64-bit little-endian ELF"):
        read_elf(start)


def test_a_file_cut_short_is_refused_wherever_it_is_cut() -> None:
    whole = make_elf(needed=["libc.so.6"], versions=["GLIBC_2.34"])

    # The last 16 bytes are the end mark of the dynamic section, which ends with its segment too.
    for size in range(6, len(whole) - 16):
        with pytest.raises(ElfError, match="cut short"):
            read_elf(whole[:size])


def test_a_count_without_end_is_nothing_to_wait_for() -> None:
    """The last version says so by itself, whatever the count is."""
    entry = struct.Struct("<qQ")
    whole = make_elf(versions=["GLIBC_2.17", "GLIBC_2.34"])
    counted = whole.replace(entry.pack(DT_VERNEEDNUM, 1), entry.pack(DT_VERNEEDNUM, 2**60))
    assert counted != whole

    assert read_elf(counted).versions == ("GLIBC_2.17", "GLIBC_2.34")


def test_more_versions_than_any_file_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elf, "MOST_VERSIONS", 2)

    assert len(read_elf(make_elf(versions=["A_1", "A_2"])).versions) == 2
    with pytest.raises(ElfError, match="damaged"):
        read_elf(make_elf(versions=["A_1", "A_2", "A_3"]))


def test_strings_outside_the_file_are_refused() -> None:
    damaged = make_elf(needed=["libc.so.6"]).replace(b"\x05" + bytes(7), b"\x06" + bytes(7))

    with pytest.raises(ElfError, match="damaged"):
        read_elf(damaged)


def test_an_address_in_no_segment_is_refused() -> None:
    whole = bytearray(make_elf(needed=["libc.so.6"]))
    whole[64:68] = bytes(4)  # the loaded segment is one no longer

    with pytest.raises(ElfError, match="damaged"):
        read_elf(bytes(whole))
