"""Finds code that was built for another architecture than this machine's, before it fails."""

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from streambda.local.environments.interpreter import LAYER_PYTHON, Machine
from streambda.local.model.functions import LocalFunction

# Of an ELF file's head: the magic number, and e_machine as Lambda names it.
MAGIC = b"\x7fELF"
HEAD_BYTES = 20
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}

ADVICE = (
    "`streambda local --app COMMAND` builds for this machine; "
    "or synthesise with architecture=lambda_.Architecture.{name}"
)
CDK_NAMES = {"x86_64": "X86_64", "arm64": "ARM_64"}
MOST_NAMES = 3

BOOTSTRAP = "bootstrap"  # of Go or Rust, for example


def describe_foreign_code(functions: Iterable[LocalFunction], machine: Machine) -> Iterator[str]:
    """One line for each function with native code that cannot run here."""
    found: dict[tuple[Path, str], list[str]] = {}
    for function in functions:
        if function.architecture == machine.architecture or machine.architecture not in CDK_NAMES:
            continue
        files = []
        for place in (function.code, *function.layers):
            if place is None:
                continue
            key = place, function.architecture
            if key not in found:
                found[key] = list(find_native_files(place, function.architecture))
            files += found[key]
        if files:
            yield _describe(function, files, machine)


def _describe(function: LocalFunction, files: list[str], machine: Machine) -> str:
    python = LAYER_PYTHON.as_posix()
    native = [name for name in files if not name.startswith(f"{LAYER_PYTHON.parts[0]}/")]
    parts = []
    if any(name == python for name in files):
        parts.append("its layer's Python is replaced by this machine's own")
    if native:
        more = f" and {len(native) - MOST_NAMES} more" if len(native) > MOST_NAMES else ""
        parts.append(f"{', '.join(native[:MOST_NAMES])}{more} cannot be loaded here")
    advice = ADVICE.format(name=CDK_NAMES[machine.architecture])
    if BOOTSTRAP in native:
        advice = f"Build it for {machine.architecture} to run it here"
    return (
        f"{function.name} is built for {function.architecture}, this machine is "
        f"{machine.architecture}: {'; '.join(parts) or 'its native code cannot run here'}. {advice}"
    )


def find_native_files(place: Path, architecture: str) -> Iterator[str]:
    """The names of files in a folder or zip that are machine code for `architecture`."""
    # Who reads the code says what is wrong with it.
    with suppress(OSError, BadZipFile, NotImplementedError, RuntimeError, ValueError):
        read = _read_folder(place) if place.is_dir() else _read_zip(place)
        for name, head in read:
            if head[:4] == MAGIC and machine_of(head) == architecture:
                yield name


def _may_be_native(name: str) -> bool:
    return name.endswith(".so") or ".so." in name or name in {LAYER_PYTHON.as_posix(), BOOTSTRAP}


def _read_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _may_be_native(name) and path.is_file():
            with path.open("rb") as file:
                yield name, file.read(HEAD_BYTES)


def _read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with ZipFile(path) as archive:
        for entry in archive.infolist():
            if _may_be_native(entry.filename):
                with archive.open(entry) as file:
                    yield entry.filename, file.read(HEAD_BYTES)


def machine_of(head: bytes) -> str | None:
    """For which architecture an ELF file is, by its first bytes; None for any other."""
    if len(head) < HEAD_BYTES:
        return None
    # e_machine; both machines are little-endian.
    return MACHINES.get(struct.unpack_from("<H", head, 18)[0])
