"""Reads environment variables for functions from dotenv files: `--env-file`.

The syntax is python-dotenv's: NAME=VALUE, quotes, comments, `export`, and ${NAME} for a variable of
the file or of the developer's own environment.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.reserved_variables import RESERVED

FindFunction = Callable[[str], LocalFunction]

# FILE or FUNCTION=FILE, several of them, or files by function.
EnvFileOption = str | Path | Iterable[str | Path] | Mapping[str, str | Path] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """A dotenv file, for all functions or for one."""

    path: Path
    function: str | None = None  # any of its names; None for all functions

    @classmethod
    def parse(cls, option: str | Path) -> "EnvFile":
        """FILE, or FUNCTION=FILE."""
        name, equals, path = str(option).partition("=")
        # A file may well have an equals sign in its name or in a folder's.
        if isinstance(option, Path) or not equals or Path(option).is_file() or "/" in name:
            return cls(path=Path(option))
        return cls(path=Path(path), function=name)

    @classmethod
    def parse_all(cls, option: EnvFileOption) -> "tuple[EnvFile, ...]":
        if isinstance(option, str | Path):
            return (cls.parse(option),)
        if isinstance(option, Mapping):
            return tuple(cls(path=Path(path), function=name) for name, path in option.items())
        return tuple(cls.parse(one) for one in option or ())


@dataclass(frozen=True, slots=True)
class EnvFileResult:
    """Functions with their variables from env files."""

    functions: tuple[LocalFunction, ...]
    notes: tuple[str, ...]  # what a file says in vain


def apply_env_files(
    files: Iterable[EnvFile], functions: Iterable[LocalFunction], find: FindFunction
) -> EnvFileResult:
    """Functions with the variables of `files`, which win over their own.

    A later file wins over an earlier one, and one for a single function over those for all. Reads
    the files anew. `find` raises `LocalCloudError` for a name that no function has.
    """
    functions = tuple(functions)
    given: dict[str, dict[str, str]] = {function.name: {} for function in functions}
    notes = []
    for file in sorted(files, key=lambda one: one.function is not None):
        variables = read_env_file(file.path)
        if ignored := sorted(variables.keys() & RESERVED):
            notes.append(f"{file.path}: only Lambda sets {', '.join(ignored)}; not changed")
        names = [find(file.function).name] if file.function else list(given)
        for name in names:
            given[name] |= {key: one for key, one in variables.items() if key not in RESERVED}
    return EnvFileResult(
        tuple(_add_variables(function, given[function.name]) for function in functions),
        tuple(notes),
    )


def _add_variables(function: LocalFunction, variables: Mapping[str, str]) -> LocalFunction:
    if not variables:
        return function
    gaps = {name: gap for name, gap in function.unresolved.items() if name not in variables}
    return replace(function, environment={**function.environment, **variables}, unresolved=gaps)


def read_env_file(path: Path) -> Mapping[str, str]:
    """Raises `LocalCloudError`, without anything of the file's text: it may be a secret."""
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = path.expanduser().read_text("utf-8-sig")
    except OSError as error:
        raise LocalCloudError(
            f"--env-file {path}: cannot be read: {error.strerror}, expected a dotenv file"
        ) from error
    except UnicodeDecodeError as error:
        raise LocalCloudError(f"--env-file {path}: it is not UTF-8, expected text") from error
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and not _is_variable(binding.key)):
            raise _bad_line(path, binding.original.line)
        # No process can have a variable with a NUL.
        if binding.key is not None and (binding.value is None or "\0" in binding.value):
            raise _bad_line(path, binding.original.line)
    values = dotenv_values(stream=StringIO(text))
    return {name: value or "" for name, value in values.items()}


def _is_variable(name: str) -> bool:
    return name.isidentifier() and name.isascii()


def _bad_line(path: Path, line: int) -> LocalCloudError:
    return LocalCloudError(f"--env-file {path}: line {line} is not NAME=VALUE")
