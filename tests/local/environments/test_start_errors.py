"""What is wrong with a bootstrap that does not start, in words that Lambda does not have."""

import struct
from pathlib import Path

import pytest

from streambda.local.environments.interpreter import Machine
from streambda.local.environments.start_errors import describe_bad_program, describe_start_error

X86 = Machine("Linux", "x86_64")
ELF = b"\x7fELF\x02\x01\x01" + bytes(9)


def elf(machine: int) -> bytes:
    return ELF + struct.pack("<HH", 3, machine)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"#!/bin/sh\necho", ""),
        (elf(0x3E), ""),
        (ELF, ""),
        (elf(0xB7), "it is built for arm64, this machine is x86_64"),
        (b"#!/bin/sh\r\necho\r\n", "its first line ends with CR LF"),
        (b"#!/bin/sh\necho\r\n", ""),
        (b"echo", "a script that begins with #!"),
        (b"", "a script that begins with #!"),
    ],
)
def test_a_bootstrap_that_does_not_start(content: bytes, said: str, tmp_path: Path) -> None:
    program = tmp_path / "bootstrap"
    program.write_bytes(content)

    found = describe_bad_program(program, X86)

    assert said in found
    assert bool(said) == bool(found)


def test_a_bootstrap_that_cannot_be_read(tmp_path: Path) -> None:
    assert describe_bad_program(tmp_path, X86) == ""
    assert describe_bad_program(tmp_path / "bootstrap", X86) == ""


def test_no_bootstrap_or_no_interpreter_of_it(tmp_path: Path) -> None:
    program = tmp_path / "bootstrap"
    error = FileNotFoundError(2, "No such file or directory", str(program))
    assert describe_start_error(error).startswith("Couldn't find valid bootstrap(s): [/var/task/")

    program.write_text("#!/nowhere/sh\n")
    assert describe_start_error(error) == "fork/exec /var/task/bootstrap: no such file or directory"
