"""What a user of `streambda local` should know before the first request: one line each."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from streambda.local.cloud import LocalCloud
from streambda.local.environments.foreign_code import describe_foreign_code
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.node import choose_node
from streambda.local.model.errors import LocalCloudError, SynthesisError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import (
    DEPRECATED_NODES,
    StartMode,
    node_version,
    start_mode,
)
from streambda.local.records.options import RecordOptions
from streambda.local.synthesis.app import App
from streambda.local.synthesis.settings import Settings, read_settings
from streambda.local.templates.find_template import MANIFEST
from streambda.local.templates.template_app import TemplateApp
from streambda.local.watch.source_finder import find_app_folder, show_path
from streambda.local.watch.sources import Sources

DEFAULT_ASSEMBLY = Path("cdk.out")
DEPRECATED = "on AWS this runtime is deprecated, no new function can have it"
BUILT_TEMPLATE = Path(".aws-sam/build/template.yaml")
# Files that name packages, and what there is beside them when these are installed.
BROUGHT_ALONG = re.compile(r"boto3|botocore|@aws-sdk/")
PACKAGES = {"requirements.txt": "*.dist-info", "package.json": "node_modules"}


def list_start_notes(
    source: Path | App | TemplateApp, cloud: LocalCloud, written: Sequence[Path] = ()
) -> Iterator[str]:
    """Reads files: in a thread of its own.

    Args: `written` are files of this program, which are not sources.
    """
    if isinstance(source, TemplateApp):
        yield from describe_not_built(source.template.path, cloud.functions)
        yield from describe_old_build(source.template.path, written)
    elif isinstance(source, App):
        yield from describe_unused_assembly(source)
    else:
        yield from describe_old_assembly(source, written)
    yield from describe_foreign_code(cloud.functions, Machine.this())


def describe_nodes(functions: Iterable[LocalFunction]) -> Iterator[str]:
    """Which Node.js runs each runtime of the app, or that there is none. Starts programs."""
    nodes = [one for one in functions if start_mode(one) is StartMode.MANAGED_NODE]
    for runtime, version in sorted({(one.runtime, node_version(one)) for one in nodes}):
        try:
            program = choose_node(version)
        except LocalCloudError as error:
            yield f"{runtime} functions do not run: {error}"
        else:
            deprecated = f"; {DEPRECATED}" if version in DEPRECATED_NODES else ""
            yield f"{runtime} functions run on {program.path} ({program.reason}){deprecated}"


def describe_record_file(records: RecordOptions) -> Iterator[str]:
    """Where each invocation is kept, and with which secrets."""
    if records.write and records.masked:
        yield (
            f"recording to {records.write}: secrets of events, heads and logs are masked; "
            "the body of each response is kept as it is"
        )
    elif records.write:
        yield f"recording to {records.write} with all secrets, as --record-secrets asks"


def describe_unused_assembly(app: App) -> Iterator[str]:
    """An assembly of an earlier `cdk synth` lies there, and is not what is served."""
    left = app.folder / DEFAULT_ASSEMBLY
    if (left / MANIFEST).is_file():
        yield f"{show_path(left)} is not used: what is served has been synthesised now"


def describe_not_built(template: Path, functions: Iterable[LocalFunction]) -> Iterator[str]:
    """Code whose packages only `sam build` would install: its own files run, as they are."""
    built = template.parent / BUILT_TEMPLATE
    advice = (
        f"pass {show_path(built)}" if built.is_file() else "run `sam build`, and pass its template"
    )
    told: set[Path] = set()
    for function in functions:
        code = function.code
        if code is None or not code.is_dir() or code in told:
            continue
        told.add(code)
        for name, folder in PACKAGES.items():
            if names_packages(code / name) and not any(code.glob(folder)):
                missing = f"what its {name} names is not installed in its code"
                yield f"{function.name}: {missing}: {advice}"


def names_packages(path: Path) -> bool:
    """Whether a requirements.txt or a package.json names one that Lambda does not bring along."""
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            names = json.loads(text).get("dependencies", {})
        else:
            lines = (line.strip() for line in text.splitlines())
            names = [line for line in lines if line and not line.startswith(("#", "-"))]
    except (OSError, ValueError, AttributeError):
        return False
    return any(not BROUGHT_ALONG.match(name) for name in names)


def describe_old_assembly(assembly: Path, written: Sequence[Path] = ()) -> Iterator[str]:
    """The app that lies around an assembly has been edited since."""
    folder = find_app_folder(assembly)
    if folder is None:
        return
    with suppress(OSError, SynthesisError):
        settings = read_settings(folder)
        if newer := describe_newer(folder, settings, assembly / MANIFEST, written):
            app = f"--app {settings.app!r}" if settings.app else "--app COMMAND"
            yield f"{assembly} is older than {newer}: run `npx cdk synth` again, or pass {app}"


def describe_old_build(template: Path, written: Sequence[Path] = ()) -> Iterator[str]:
    """The sources around what `sam build` has made have been edited since."""
    path = template.absolute()
    if path.parts[-3:] != BUILT_TEMPLATE.parts:
        return
    with suppress(OSError, SynthesisError):
        folder = path.parents[2]
        if newer := describe_newer(folder, read_settings(folder), path, written):
            yield f"{show_path(path)} is older than {newer}: run `sam build` again"


def describe_newer(folder: Path, settings: Settings, made: Path, written: Sequence[Path]) -> str:
    """The newest source in `folder` that is newer than the file `made`; empty if there is none."""
    made_at = made.stat().st_mtime
    edited = [
        path
        for path in Sources(folder, settings, written=written).files()
        if not path.is_relative_to(made.absolute().parent) and path.stat().st_mtime > made_at
    ]
    if not edited:
        return ""
    newest = max(edited, key=lambda path: path.stat().st_mtime)
    return show_path(newest) + (f" and {len(edited) - 1} more" if len(edited) > 1 else "")
