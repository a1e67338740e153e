"""The path of a layer: source -> pack -> check -> cache."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
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
from streambda.layer.layer_info import read_layer_info
from streambda.layer.lock import Lock
from streambda.layer.pack.pack import pack_layer
from streambda.layer.recipe import Recipe, fingerprint, read_recipe, recipe_folder
from streambda.layer.report import PrintLine, Report, make_report, say_nothing
from streambda.layer.request import (
    LayerRequest,
    choose_sources,
    find_usage_problem,
    name_sources,
)
from streambda.layer.sources.names import AUTO, PBS
from streambda.layer.sources.pbs.source import find_release
from streambda.layer.sources.sources import SOURCES


def ensure_layer(
    architecture: Architecture,
    *,
    source: str = AUTO,
    python: str | None = None,
    fallback: str | None = None,
    locked: bool = False,
    lock: Path | None = None,
    archive: Path | None = None,
    report: PrintLine = say_nothing,
) -> Path:
    """Returns the path of the layer's zip, built now if the cache has none.

    `source` defaults to the first that works: one already built, then `pbs`, `debian`, `docker`.
    `python` is a version such as "3.12"; the default is the lock's, 3.13, or the archive's.
    `fallback` is the version to use if no available source has that one; by default none.
    `locked` accepts only what the lock names: no security update of a Debian package, for example.
    `lock` is a file like python-layer.lock, in its place; nothing but what it names is accepted.
    `archive` is a python-build-standalone archive already on disk, with a SHA-256 of the lock.
    `report` is called with a line for each step; a `Report` is also called for downloads.
    Raises LayerUnavailable where no source can be used or has that Python, LayerError where one
    gave bytes that the lock does not know or that would not run on provided.al2023, or where `lock`
    cannot be read, ValueError for a source or a Python that the lock does not have.
    """
    request = make_request(
        architecture,
        source=source,
        python=python,
        fallback=fallback,
        locked=locked,
        lock=lock,
        archive=archive,
    )
    return ensure_requested_layer(recipe_folder(), request, report)


def make_request(
    architecture: Architecture,
    *,
    source: str = AUTO,
    python: str | None = None,
    fallback: str | None = None,
    locked: bool = False,
    lock: Path | None = None,
    archive: Path | None = None,
) -> LayerRequest:
    """What `ensure_layer` looks for; its arguments, and what it raises for them, are the same."""
    recipe = read_recipe(recipe_folder(), lock)
    problem = find_usage_problem(
        recipe.lock, source=source, python=python, fallback=fallback, archive=archive
    )
    if problem:
        raise ValueError(problem)
    request = LayerRequest(
        architecture=Architecture(architecture),
        sources=choose_sources(source, archive),
        python=python,
        fallback=fallback,
        locked=locked or lock is not None,
        lock=lock,
        archive=archive,
    )
    return replace(request, python=_choose_python(request, recipe))


def ensure_requested_layer(
    folder: Path, request: LayerRequest, report: PrintLine = say_nothing
) -> Path:
    """`folder` has the recipe."""
    recipe = read_recipe(folder, request.lock)
    python = _choose_python(request, recipe)
    try:
        return _ensure_python(python, request, recipe, report)
    except LayerUnavailable:
        if request.fallback is None:
            raise
    report(f"no available source has Python {python}: taking the fallback, {request.fallback}")
    return _ensure_python(request.fallback, request, recipe, report)


def find_layer(folder: Path, request: LayerRequest) -> Path | None:
    """The layer if the cache has it, or has the one of the fallback; nothing is built."""
    recipe = read_recipe(folder, request.lock)
    if not layer_folder().is_dir():
        return None
    with hold_lock(lock_file(layer_folder(), request.architecture)) as digests:
        for python in (_choose_python(request, recipe), request.fallback):
            if python is not None:
                paths = _list_paths(python, request, recipe)
                if found := _find_intact(paths, python, request, digests, say_nothing):
                    return found
    return None


def _choose_python(request: LayerRequest, recipe: Recipe) -> str:
    """Raises LayerError for a wrong archive, even where the cache has the layer."""
    if request.archive is None:
        return request.python or recipe.lock.default_python
    release = find_release(
        request.archive, recipe.lock.pbs, request.architecture, python=request.python
    )
    return release.python


def _ensure_python(python: str, request: LayerRequest, recipe: Recipe, report: PrintLine) -> Path:
    cache, paths = layer_folder(), _list_paths(python, request, recipe)
    # The lock comes first: another process may be building the same layer, which is waited for.
    with hold_lock(lock_file(cache, request.architecture)) as digests:
        if (found := _find_intact(paths, python, request, digests, report)) is not None:
            return found
        with fresh_folder(building_folder(cache, request.architecture)) as work:
            source, layer = build(python, request, recipe, work, make_report(report))
            digest = file_sha256(layer)
            path = layer.replace(paths[source])
            digests.set(path, digest)
            return path


def _list_paths(python: str, request: LayerRequest, recipe: Recipe) -> dict[str, Path]:
    """Where the cache has the layer of each source that has that Python."""
    key = fingerprint(recipe.folder)
    return {
        source: layer_folder() / layer_file_name(request, source, python, key)
        for source in request.sources
        if source in name_sources(recipe.lock, python)
    }


def _find_intact(
    paths: Mapping[str, Path],
    python: str,
    request: LayerRequest,
    digests: Digests,
    report: PrintLine,
) -> Path | None:
    for path in paths.values():
        if path.is_file() and is_intact(path, request.architecture, python, digests, report):
            return path
    return None


def is_intact(
    path: Path, architecture: Architecture, python: str, digests: Digests, report: PrintLine
) -> bool:
    """Whether a cached layer is what was built.

    One that somebody has put there has no digest yet: it gets one if its checksums are right and it
    is what its name says.
    """
    digest, known = file_sha256(path), digests.find(path)
    if known is None and is_intact_zip(path):
        if problem := read_layer_info(path).find_mismatch(architecture, python):
            report(f"{path.name}: {problem}; building it again")
            return False
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


def build(
    python: str, request: LayerRequest, recipe: Recipe, work: Path, report: Report
) -> tuple[str, Path]:
    """Returns the source that worked and the checked zip in the folder `work`."""
    reasons: dict[str, str] = {}
    for name in request.sources:
        with fresh_folder(work / name) as folder:
            try:
                SOURCES[name].require_python(recipe.lock, python)
                job = _make_job(python, request, recipe, folder, report)
                return name, _build_from(name, job, work / "layer.zip")
            except SourceUnavailable as error:
                reasons[name] = str(error)
                report(f"{name}: {error}")
    lock = recipe.lock
    others = {
        other: name
        for name in request.sources
        for other in SOURCES[name].select_lock(lock).pythons
        if name not in name_sources(lock, python)
    }
    advice = _advise(python, others, request, lock)
    raise LayerUnavailable(
        request.architecture, reasons, python=python, advice=advice, others=tuple(others)
    )


def _advise(python: str, others: Mapping[str, str], request: LayerRequest, lock: Lock) -> list[str]:
    """What a user can do: options by their names. `others`: Python -> the source that has it."""
    advice = [
        f"choose Python {other}, which {name} has (python), "
        f"or allow it where {python} cannot be had (fallback)"
        for other, name in others.items()
    ]
    if PBS in request.sources and (release := lock.pbs.releases.get(python)):
        advice.append(f"give this file (archive): {release.archives[request.architecture].url}")
    return advice


def _make_job(
    python: str, request: LayerRequest, recipe: Recipe, work: Path, report: Report
) -> BuildJob:
    return BuildJob(
        architecture=request.architecture,
        python=python,
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
