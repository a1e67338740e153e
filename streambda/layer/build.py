"""The path of a layer: source -> pack -> check -> cache."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import (
    Digests,
    building_folder,
    fresh_folder,
    hold_lock,
    layer_folder,
    lock_file,
)
from streambda.layer.cached_layers import layer_file_name
from streambda.layer.check.check_layer import require_runnable
from streambda.layer.errors import LayerUnavailable, SourceUnavailable
from streambda.layer.files import file_sha256
from streambda.layer.job import BuildJob
from streambda.layer.pack.pack import pack_layer
from streambda.layer.recipe import Recipe, fingerprint, read_recipe, recipe_folder
from streambda.layer.report import PrintLine, Report, make_report, say_nothing
from streambda.layer.request import LayerRequest, choose_sources, find_usage_problem
from streambda.layer.sources.pbs.source import find_release
from streambda.layer.sources.sources import AUTO, SOURCES


def ensure_layer(
    architecture: Architecture,
    *,
    source: str = AUTO,
    python: str | None = None,
    locked: bool = False,
    archive: Path | None = None,
    report: PrintLine = say_nothing,
) -> Path:
    """Returns the path of the layer's zip, built now if the cache has none.

    `source` defaults to the first that works: one already built, then `pbs`, `debian`, `docker`.
    `python` is a version such as "3.12"; the default is the source's own: 3.13, for `debian` 3.11.
    `locked` accepts only what the lock names: no security update of a Debian package, for example.
    `archive` is a python-build-standalone archive already on disk, with a SHA-256 of the lock.
    `report` is called with a line for each step; a `Report` is also called for downloads.
    Raises LayerUnavailable where no source can be used or has that Python, LayerError where one
    gave bytes that the lock does not know or that would not run on provided.al2023, ValueError for
    a source or a Python that the lock does not have.
    """
    folder = recipe_folder()
    lock = read_recipe(folder).lock
    if problem := find_usage_problem(lock, source=source, python=python, archive=archive):
        raise ValueError(problem)
    request = LayerRequest(
        architecture=Architecture(architecture),
        sources=choose_sources(source, archive),
        python=python,
        locked=locked,
        archive=archive,
    )
    return ensure_requested_layer(folder, request, report)


def ensure_requested_layer(
    folder: Path, request: LayerRequest, report: PrintLine = say_nothing
) -> Path:
    """`folder` has the recipe."""
    recipe = read_recipe(folder)
    if request.archive is not None:  # a wrong one is an error even where the cache has the layer
        release = find_release(
            request.archive, recipe.lock.pbs, request.architecture, python=request.python
        )
        request = replace(request, python=release.python)
    cache = layer_folder()
    paths = {
        source: cache / layer_file_name(request, source, python, fingerprint(folder))
        for source, python in _possible_pythons(request, recipe)
    }
    # The lock comes first: another process may be building the same layer, which is waited for.
    with hold_lock(lock_file(cache, request.architecture)) as digests:
        for path in paths.values():
            if path.is_file() and is_intact(path, digests, report):
                return path
        with fresh_folder(building_folder(cache, request.architecture)) as work:
            source, layer = build(request, recipe, work, make_report(report))
            digest = file_sha256(layer)
            path = layer.replace(paths[source])
            digests.set(path, digest)
            return path


def is_intact(path: Path, digests: Digests, report: PrintLine) -> bool:
    """Whether a cached layer is what was built.

    One that somebody has put there has no digest yet: if its checksums are right it gets one.
    """
    digest, known = file_sha256(path), digests.find(path)
    if known is None and is_intact_zip(path):
        digests.set(path, digest)
        return True
    if digest != known:
        report(f"{path.name}: it is not what was built, by its SHA-256; building it again")
    return digest == known


def is_intact_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False


def _possible_pythons(request: LayerRequest, recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yields (source, Python) for the sources that have the requested Python."""
    for name in request.sources:
        with suppress(SourceUnavailable):
            yield name, SOURCES[name].choose_python(recipe.lock, request.python)


def build(request: LayerRequest, recipe: Recipe, work: Path, report: Report) -> tuple[str, Path]:
    """Returns the source that worked and the checked zip in the folder `work`."""
    reasons: dict[str, str] = {}
    for name in request.sources:
        with fresh_folder(work / name) as folder:
            try:
                job = _make_job(name, request, recipe, folder, report)
                return name, _build_from(name, job, work / "layer.zip")
            except SourceUnavailable as error:
                reasons[name] = str(error)
                report(f"{name}: {error}")
    raise LayerUnavailable(request.architecture, reasons)


def _make_job(
    name: str, request: LayerRequest, recipe: Recipe, work: Path, report: Report
) -> BuildJob:
    return BuildJob(
        architecture=request.architecture,
        python=SOURCES[name].choose_python(recipe.lock, request.python),
        recipe=recipe,
        work=work,
        locked=request.locked,
        archive=request.archive,
        report=report,
    )


def _build_from(name: str, job: BuildJob, target: Path) -> Path:
    unpacked = SOURCES[name].unpack(job)
    pack_layer(job, unpacked, target, source=name)
    require_runnable(target, job.architecture, job.recipe.base_image_libraries)
    return target
