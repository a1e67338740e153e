"""Functions whose BuildMethod is esbuild: bundled as `sam build` does it, with the app's esbuild.

Without this no template with TypeScript runs as it is. The arguments are those of
aws-lambda-builders (workflows/nodejs_npm_esbuild/esbuild.py). Packages are not installed here.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from streambda.local.model.constants import OPT
from streambda.local.model.errors import AssemblyError
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.local_files import find_common
from streambda.local.templates.loops import TextOf

ESBUILD = "esbuild"
FUNCTION = "AWS::Serverless::Function"
INSTALL = "run `npm install` in the function's folder"

# What a template cannot choose, and what is not an option of esbuild.
NOT_OPTIONS = frozenset({"bundle", "entry-points", "outdir", "platform", "use-npm-ci"})
DEFAULTS: Mapping[str, str] = {
    "target": "--target=es2020",
    "format": "--format=cjs",
    "minify": "--minify",
}
MODULES = (".js", ".mjs", ".cjs")
NODE_OPTIONS = "NODE_OPTIONS"
READ_MAPS = "--enable-source-maps"
WRITE_MAPS = "--sourcemap"

MOST_S = 60

Document = dict[str, Any]
# Gives the folder that bundles are written to, once there are any.
BundleFolder = Callable[[], Path]


def is_bundled(resource: Mapping[str, Any]) -> bool:
    metadata = resource.get("Metadata")
    method = metadata.get("BuildMethod") if isinstance(metadata, dict) else None
    return resource.get("Type") == FUNCTION and method == ESBUILD


def bundle_functions(
    document: Document, folder: Path, text: TextOf, gaps: Gaps, bundles: BundleFolder
) -> Document:
    """`document` with bundles as code; what cannot be bundled is a gap, and stays as it is.

    Args: `folder` is the template's; `text` gives the text of a value.
    """
    common = find_common(document)
    resources = {}
    for logical_id, resource in document["Resources"].items():
        properties = resource.get("Properties")
        if is_bundled(resource) and isinstance(properties, dict):
            code = folder / text(properties.get("CodeUri", common.get("CodeUri", ".")))
            handler = text(properties.get("Handler", common.get("Handler")))
            # As in samcli/lib/build/bundler.py: each of the two options brings the other.
            reads_maps = READ_MAPS in str(_node_options(properties, common)).split()
            try:
                options = _read_options(resource["Metadata"], handler, reads_maps=reads_maps)
                out = _bundle(code, options, bundles)
                writes_maps = any(one.startswith(WRITE_MAPS) for one in options)
                changed = _add_maps(properties) if writes_maps and not reads_maps else properties
                own = {"CodeUri": str(out), "Handler": _find_handler(handler, out)}
                resource = {**resource, "Properties": {**changed, **own}}
            except AssemblyError as error:
                gaps.add(logical_id, f"its BuildMethod {ESBUILD}: {error}")
        resources[logical_id] = resource
    return {**document, "Resources": resources}


def find_esbuild(folder: Path) -> str:
    """Of the app, or else of the machine. Raises `AssemblyError`."""
    for at in (folder, *folder.parents):
        program = at / "node_modules" / ".bin" / ESBUILD
        if program.is_file():
            return str(program)
    if program_on_path := shutil.which(ESBUILD):
        return program_on_path
    install = f"run `npm install {ESBUILD}`, or `sam build` and pass .aws-sam"
    raise AssemblyError(f"there is no {ESBUILD} in node_modules or on PATH: {install}")


def _node_options(properties: Document, common: Document) -> Any:
    """The function's own, or those that Globals give it."""
    for place in (properties, common):
        environment = place.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        if isinstance(variables, dict) and NODE_OPTIONS in variables:
            return variables[NODE_OPTIONS]
    return ""


def _read_options(
    metadata: Mapping[str, Any], handler: str, *, reads_maps: bool = False
) -> list[str]:
    """Entry points and options, as on a command line. Raises `AssemblyError`."""
    given = metadata.get("BuildProperties") or {}
    if not isinstance(given, dict):
        raise AssemblyError(f"BuildProperties is {given!r}, expected an object")
    entries = given.get("EntryPoints") or [handler.split(".")[0]]
    if not isinstance(entries, list):
        raise AssemblyError(f"EntryPoints is {entries!r}, expected a list")
    named = {_name_option(key): value for key, value in given.items()}
    options = [one for name, value in named.items() for one in _write_option(name, value)]
    defaults = {**DEFAULTS, **({"sourcemap": WRITE_MAPS} if reads_maps else {})}
    options += [option for name, option in defaults.items() if name not in named]
    return [*map(str, entries), *options]


def _name_option(key: str) -> str:
    """ "MainFields" becomes "main-fields"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", key).lower()


def _write_option(name: str, value: Any) -> Iterator[str]:
    if name in NOT_OPTIONS or value is False:
        return
    if value is True:
        yield f"--{name}"
    elif isinstance(value, list):
        yield from (f"--{name}:{one}" for one in value)
    elif isinstance(value, dict):
        raise AssemblyError(
            f"{name} is {value!r}, expected a value: functions of CloudFormation do not work here"
        )
    else:
        yield f"--{name}={value}"


def _bundle(code: Path, options: list[str], bundles: BundleFolder) -> Path:
    """Where the bundle is. Raises `AssemblyError`."""
    if not code.is_dir():
        raise AssemblyError(f"{code} is not a folder")
    program = find_esbuild(code.absolute())
    with tempfile.TemporaryDirectory(dir=bundles(), ignore_cleanup_errors=True) as out:
        command = [program, *(_complete(one, code) for one in options)]
        command += ["--bundle", "--platform=node", f"--outdir={out}", "--log-level=error"]
        _run(command, code)
        return _name_after_content(Path(out))


def _name_after_content(bundle: Path) -> Path:
    """A bundle that was there before has its old path: its function has not changed."""
    digest = hashlib.sha256()
    for path in sorted(bundle.rglob("*")):
        if path.is_file():
            digest.update(os.fsencode(f"{path.relative_to(bundle)}\0{path.stat().st_size}\0"))
            digest.update(path.read_bytes())
    named = bundle.with_name(digest.hexdigest()[:16])
    with suppress(OSError):  # it is there already
        bundle.rename(named)
    return named


def _run(command: list[str], code: Path) -> None:
    """Raises `AssemblyError`."""
    try:
        done = subprocess.run(
            command,
            cwd=code,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MOST_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssemblyError(f"{command[0]} does not run: {error}") from error
    if done.returncode:
        raise AssemblyError(_shorten(done.stderr))


def _find_handler(handler: str, out: Path) -> str:
    """esbuild leaves out the folders that all entry points have in common."""
    module = handler.rpartition(".")[0]
    built = any((out / f"{module}{one}").is_file() for one in MODULES)
    if built or handler.startswith(f"{OPT}/"):
        return handler
    return handler.rpartition("/")[2]


def _complete(option: str, code: Path) -> str:
    """An entry point with the ending of its file."""
    if option.startswith("-") or (code / option).is_file():
        return option
    names = (f"{option}{ending}" for ending in (".ts", ".js"))
    return next((name for name in names if (code / name).is_file()), option)


def _shorten(output: str) -> str:
    """The first error with its place, and what helps if a package is missing."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    error = next((one for one in lines if "[ERROR]" in one), lines[0] if lines else "it has failed")
    place = next((one.rstrip(":") for one in lines if re.fullmatch(r"\S+:\d+:\d+:", one)), None)
    message = error.partition("[ERROR]")[2].strip() or error
    where = f" ({place})" if place else ""
    return f"{message}{where}{f': {INSTALL}' if 'Could not resolve' in message else ''}"


def _add_maps(properties: Document) -> Document:
    """`sam build` has Node.js read the maps, so that errors name lines of the source."""
    environment = properties.get("Environment") or {}
    variables = environment.get("Variables") or {} if isinstance(environment, dict) else None
    if not isinstance(variables, dict):
        return properties
    options = variables.get(NODE_OPTIONS, "")
    if not isinstance(options, str):
        return properties
    added = {**variables, NODE_OPTIONS: f"{options} {READ_MAPS}".strip()}
    return {**properties, "Environment": {**environment, "Variables": added}}
