"""Makes the zips of a function and its layer, and the manifest, in a folder."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from streambda.bundle.code import FunctionCode, collect_code
from streambda.bundle.sizes import check_total, measure
from streambda.layer import ensure_layer
from streambda.layer.files import copy_atomically
from streambda.layer.layer_info import LayerInfo, read_layer_info
from streambda.layer.pack.zip_file import write_zip
from streambda.layer.sources.names import AUTO
from streambda.package.manifest import Function, Layer, Manifest, ZipFile
from streambda.package.request import PROVIDED, PackageRequest

FUNCTION_ZIP, LAYER_ZIP, MANIFEST = "function.zip", "layer.zip", "manifest.json"

PrintLine = Callable[[str], None]


def make_package(request: PackageRequest, report: PrintLine) -> Manifest:
    """Write function.zip, layer.zip and manifest.json into `request.out`.

    The zips have the content of the assets that the constructs make of the same source. `report` is
    called with a line for each step.

    Raises:
        ValueError: the folder cannot be packaged, a package cannot be installed, or code and layer
            have more than 250 MB.
        LayerError: the layer cannot be built, or is not a layer.
        OSError: a file cannot be read or written.
    """
    archive = _find_archive(request, report)
    info = _read_info(request, archive) if archive is not None else None
    python = _choose_python(request, info)
    code = collect_code(
        request.entry.absolute(),
        request.handler,
        python,
        request.find_target(python),
        request.options,
        output=request.out.absolute(),
    )
    request.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".streambda-", dir=request.out) as work:
        compiled = _write_function(request, code, archive, Path(work))
        Path(work, FUNCTION_ZIP).replace(request.out / FUNCTION_ZIP)
    if python is not None and request.compiled and not compiled:
        report(f"no Python {python} runs here: the function has no .pyc files and starts slower")
    manifest = Manifest(
        function=Function(
            zip=ZipFile.read(request.out / FUNCTION_ZIP),
            hash=code.hash,
            handler=request.handler,
            runtime=request.runtime,
            architectures=[request.architecture.value],
            environment=request.environment,
            python=python,
            compiled=compiled,
        ),
        layer=_write_layer(request, archive, info),
    )
    _write_text(request.out / MANIFEST, manifest.to_json())
    return manifest


def _find_archive(request: PackageRequest, report: PrintLine) -> Path | None:
    layer = request.layer
    if request.managed_python is not None or not layer.wanted:
        return None
    if layer.archive is not None:
        return layer.archive
    return ensure_layer(
        request.architecture,
        source=layer.source or AUTO,
        python=layer.python,
        fallback=layer.fallback,
        locked=layer.locked,
        lock=layer.lock,
        report=report,
    )


def _read_info(request: PackageRequest, archive: Path) -> LayerInfo:
    info = read_layer_info(archive)
    if problem := info.find_mismatch(request.architecture, None):
        raise ValueError(f"--layer is {str(archive)!r}, but {problem}")
    return info


def _choose_python(request: PackageRequest, info: LayerInfo | None) -> str | None:
    if request.managed_python is not None:
        return request.managed_python
    return request.layer.python if info is None else info.python


def _write_function(
    request: PackageRequest, code: FunctionCode, archive: Path | None, work: Path
) -> bool:
    folder = work / "task"
    folder.mkdir()
    compiled = code.write(folder, compiled=request.compiled)
    layers = {"python": sum(measure(archive).values())} if archive is not None else {}
    check_total(str(request.entry), folder, layers)
    # Not by the modes on the disk: Windows has none.
    write_zip(folder, work / FUNCTION_ZIP, code.executables)
    return compiled


def _write_layer(
    request: PackageRequest, archive: Path | None, info: LayerInfo | None
) -> Layer | None:
    target = request.out / LAYER_ZIP
    if archive is None or info is None:
        target.unlink(missing_ok=True)  # of an earlier call: nothing asks for it
        return None
    if not target.exists() or not archive.samefile(target):
        copy_atomically(archive, target)
    named = info.describe_python() or "Python"
    return Layer(
        zip=ZipFile.read(target),
        python=info.python,
        description=f"{named} for {PROVIDED} on {request.architecture}",
        compatible_architectures=[request.architecture.value],
        compatible_runtimes=[PROVIDED],
    )


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, "utf-8", newline="\n")
    draft.replace(path)
