"""The two architectures of Lambda, and what each tool calls them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Architecture(StrEnum):
    """Spelled as Lambda spells it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"

    @property
    def names(self) -> ToolNames:
        return _NAMES[self]

    @classmethod
    def of_machine(cls, elf_machine: int | None) -> Architecture | None:
        """None for a machine that Lambda does not have."""
        return next((one for one in cls if one.names.elf_machine == elf_machine), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolNames:
    elf_machine: int
    loader: str
    debian: str
    multiarch: str
    zig_target: str


# The target's glibc is provided.al2023's: zig links against exactly these symbol versions.
_NAMES = {
    Architecture.X86_64: ToolNames(
        elf_machine=62,
        loader="/lib64/ld-linux-x86-64.so.2",
        debian="amd64",
        multiarch="x86_64-linux-gnu",
        zig_target="x86_64-linux-gnu.2.34",
    ),
    Architecture.ARM64: ToolNames(
        elf_machine=183,
        loader="/lib/ld-linux-aarch64.so.1",
        debian="arm64",
        multiarch="aarch64-linux-gnu",
        zig_target="aarch64-linux-gnu.2.34",
    ),
}
