"""What can go wrong. Every message is one line that says what to do, or what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class LayerError(Exception):
    """The layer could not be built."""


class SourceUnavailable(LayerError):
    """This source cannot be used here; `auto` tries the next one."""


class LayerUnavailable(LayerError):
    """No source can be used, or none of those that can has the Python.

    `advice` is what a user can do, `others` are Pythons that sources have which were tried.
    """

    def __init__(
        self,
        architecture: str,
        reasons: Mapping[str, str],
        *,
        python: str = "",
        advice: Sequence[str] = (),
        others: Sequence[str] = (),
    ) -> None:
        self.architecture = architecture
        self.reasons = dict(reasons)
        self.python = python
        self.advice = tuple(advice)
        self.others = tuple(others)
        tried = "; ".join(f"{source}: {reason}" for source, reason in reasons.items())
        name = f"Python {python}".strip()
        expected = f". What helps: {'; or '.join(advice)}" if advice else ""
        # A reason may be a question: "Is the docker daemon running?"
        said = tried.rstrip("?.") if expected else tried
        super().__init__(f"no source for the {architecture} {name} layer: {said}{expected}")

    def write_flags(self, archive: str = "--archive") -> str:
        """The message with options of a command in place of arguments of Python.

        Args: `archive` is what the command has for a file that is given.
        """
        flags = {
            "(python)": "(--python)",
            "(fallback)": "(--fallback)",
            "(archive)": f"({archive})",
        }
        message = str(self)
        for argument, flag in flags.items():
            message = message.replace(argument, flag)
        return message

    def with_advice(self, *more: str) -> LayerUnavailable:
        """The same error, with `more` to do."""
        return LayerUnavailable(
            self.architecture,
            self.reasons,
            python=self.python,
            advice=(*self.advice, *more),
            others=self.others,
        )


class HashMismatch(LayerError):
    """A download is not the file that the lock names. `auto` does not try another source then."""

    def __init__(self, file: str, *, found: str, locked: str) -> None:
        super().__init__(
            f"{file}: its SHA-256 is {found}, but python-layer.lock says {locked}; if a proxy "
            "changes downloads, download without it; if the release changed, update the lock"
        )


class WrongArchive(LayerError):
    """The file given as `archive` is not one that the lock names for this request."""

    def __init__(self, file: str, *, found: str, locked: Mapping[str, str], url: str) -> None:
        hashes = ", ".join(f"{sha256} ({name})" for name, sha256 in locked.items())
        super().__init__(
            f"{file}: its SHA-256 is {found}, but python-layer.lock says {hashes}; "
            f"use one of these archives, such as {url}"
        )


class OtherArchive(LayerError):
    """The file given as `archive` is of another architecture or Python than is asked for."""

    def __init__(self, file: str, *, release: str, architecture: str, asked: str, url: str) -> None:
        super().__init__(
            f"{file} is CPython {release} for {architecture}, expected one for {asked}, "
            f"such as {url}"
        )


class VersionMismatch(LayerError):
    """With `locked`: a package has another version. `auto` does not try another source then."""

    def __init__(self, package: str, *, found: str, locked: str) -> None:
        super().__init__(
            f"{package}: apt has version {found}, but python-layer.lock says {locked}; "
            "build without --locked to accept it, or write its version and SHA-256 into the lock"
        )


class CheckFailed(LayerError):
    """The layer is built, but would not run on provided.al2023."""

    def __init__(self, archive: str, problems: Sequence[str]) -> None:
        self.archive = archive
        self.problems = tuple(problems)
        super().__init__(f"{archive}: {'; '.join(problems)}")
