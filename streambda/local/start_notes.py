"""What a user of `streambda local` should know before the first request: one line each."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from streambda.local.cloud import LocalCloud
from streambda.local.environments.distant_layers import describe_distant_layers
from streambda.local.environments.foreign_code import describe_foreign_code
from streambda.local.environments.interpreter import Machine
from streambda.local.model.errors import SynthesisError
from streambda.local.synthesis.app import App
from streambda.local.synthesis.settings import read_settings
from streambda.local.watch.source_finder import find_app_folder, show_path
from streambda.local.watch.sources import Sources

DEFAULT_ASSEMBLY = Path("cdk.out")
MANIFEST = "manifest.json"


def list_start_notes(source: Path | App, cloud: LocalCloud) -> Iterator[str]:
    """Reads files: in a thread of its own."""
    if isinstance(source, App):
        yield from describe_unused_assembly(source)
    else:
        yield from describe_old_assembly(source)
    yield from describe_foreign_code(cloud.functions, Machine.this())
    yield from describe_distant_layers(cloud.functions)


def describe_unused_assembly(app: App) -> Iterator[str]:
    """An assembly of an earlier `cdk synth` lies there, and is not what is served."""
    left = app.folder / DEFAULT_ASSEMBLY
    if (left / MANIFEST).is_file():
        yield f"{show_path(left)} is not used: what is served has been synthesised now"


def describe_old_assembly(assembly: Path) -> Iterator[str]:
    """The app that lies around an assembly has been edited since."""
    folder = find_app_folder(assembly)
    if folder is None:
        return
    with suppress(OSError, SynthesisError):
        settings = read_settings(folder)
        made_at = (assembly / MANIFEST).stat().st_mtime
        edited = [
            path
            for path in Sources(folder, settings).files()
            if not path.is_relative_to(assembly.absolute()) and path.stat().st_mtime > made_at
        ]
        if edited:
            newest = max(edited, key=lambda path: path.stat().st_mtime)
            more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
            app = f"--app {settings.app!r}" if settings.app else "--app COMMAND"
            yield (
                f"{assembly} is older than {show_path(newest)}{more}: "
                f"run `npx cdk synth` again, or pass {app}"
            )
