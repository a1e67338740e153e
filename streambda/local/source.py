"""What `streambda local` is to serve: an assembly that is there, or an app that makes one."""

from collections.abc import Sequence
from pathlib import Path

from streambda.local.model.errors import SynthesisError
from streambda.local.synthesis.app import App
from streambda.local.synthesis.settings import read_context, read_settings

ASSEMBLY = Path("cdk.out")


def choose(assembly: str | None, app: str | None, context: Sequence[str]) -> Path | App:
    """Neither: cdk.out, or else the app of cdk.json. Raises `SynthesisError`."""
    values = read_context(tuple(context))
    if assembly and app:
        raise SynthesisError(f"both {assembly} and --app {app!r} are given, expected one of them")
    if app is None and (assembly or (ASSEMBLY / "manifest.json").is_file()):
        if values:
            raise SynthesisError("--context is given, expected --app COMMAND with it")
        return Path(assembly) if assembly else ASSEMBLY
    if app is None and read_settings(Path()).app is None:
        return ASSEMBLY  # which is missing, as its reader tells best
    return App.of(app, context=values)


def watched(source: Path | App, wanted: bool | None) -> bool:
    """Whether sources are watched: those of an app, unless it is not wanted."""
    if wanted and isinstance(source, Path):
        raise SynthesisError(f"--watch is given with the assembly {source}, expected --app COMMAND")
    return isinstance(source, App) if wanted is None else wanted
