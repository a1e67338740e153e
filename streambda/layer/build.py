"""The path of a layer: source -> tree -> zip -> check -> cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import building_folder, exclusive, fresh_folder, layer_folder, lock_of
from streambda.layer.cached_layers import layer_name
from streambda.layer.check.check_layer import require_runnable
from streambda.layer.components import bundled_components
from streambda.layer.errors import LayerUnavailable, SourceUnavailable
from streambda.layer.job import Job
from streambda.layer.pack.pack import assemble
from streambda.layer.pack.sbom import write_sbom
from streambda.layer.pack.zip_file import write_archive
from streambda.layer.recipe import Recipe, fingerprint, read_recipe, recipe_folder
from streambda.layer.report import Report, Say, as_report, silent
from streambda.layer.request import LayerRequest, candidates, usage_problem
from streambda.layer.sources.pbs.source import release_of
from streambda.layer.sources.sources import AUTO, SOURCES


def ensure_layer(
    architecture: Architecture,
    *,
    source: str = AUTO,
    python: str | None = None,
    locked: bool = False,
    archive: Path | None = None,
    report: Say = silent,
) -> Path:
    """Returns the layer's zip, built now if the cache has none.

    `source` defaults to the first that works: one already built, then `pbs`, `debian`, `docker`.
    `python` is a version such as "3.12"; the default is the source's own: 3.13, for `debian` 3.11.
    `locked` refuses what the lock does not name, such as a security update of a Debian package.
    `archive` is a python-build-standalone archive already on disk, with a SHA-256 of the lock.
    `report` is called with a line for each step; a `Report` is told of downloads as well.
    Raises LayerUnavailable where no source can be reached or has that Python, LayerError where one
    gave bytes that the lock does not know or that would not run on provided.al2023, ValueError for
    a source or a Python that the lock has not.
    """
    folder = recipe_folder()
    lock = read_recipe(folder).lock
    if problem := usage_problem(lock, source=source, python=python, archive=archive):
        raise ValueError(problem)
    wanted = LayerRequest(
        architecture=Architecture(architecture),
        sources=candidates(source, archive),
        python=python,
        locked=locked,
        archive=archive,
    )
    return ensure_layer_from(folder, wanted, report)


def ensure_layer_from(folder: Path, wanted: LayerRequest, report: Say = silent) -> Path:
    """`folder` holds the recipe."""
    recipe = read_recipe(folder)
    if wanted.archive is not None:  # wrong even where the cache has the layer
        release = release_of(
            wanted.archive, recipe.lock.pbs, wanted.architecture, python=wanted.python
        )
        wanted = replace(wanted, python=release.python)
    cache = layer_folder()
    kept = {
        source: cache / layer_name(wanted, source, python, fingerprint(folder))
        for source, python in _offered(wanted, recipe)
    }
    # The lock comes first: a build under way elsewhere is waited for, not repeated.
    with exclusive(lock_of(cache, wanted.architecture)):
        for path in kept.values():
            if path.is_file():
                return path
        with fresh_folder(building_folder(cache, wanted.architecture)) as work:
            source, built = build(wanted, recipe, work, as_report(report))
            return built.replace(kept[source])


def _offered(wanted: LayerRequest, recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yields (source, Python) for those that have it."""
    for name in wanted.sources:
        with suppress(SourceUnavailable):
            yield name, SOURCES[name].python(recipe.lock, wanted.python)


def build(wanted: LayerRequest, recipe: Recipe, work: Path, report: Report) -> tuple[str, Path]:
    """Returns the source that worked and the checked zip in the folder `work`."""
    reasons: dict[str, str] = {}
    for name in wanted.sources:
        with fresh_folder(work / name) as folder:
            try:
                job = _job(name, wanted, recipe, folder, report)
                return name, _build_from(name, job, work / "layer.zip")
            except SourceUnavailable as error:
                reasons[name] = str(error)
                report(f"{name}: {error}")
    raise LayerUnavailable(wanted.architecture, reasons)


def _job(name: str, wanted: LayerRequest, recipe: Recipe, work: Path, report: Report) -> Job:
    return Job(
        architecture=wanted.architecture,
        python=SOURCES[name].python(recipe.lock, wanted.python),
        recipe=recipe,
        work=work,
        locked=wanted.locked,
        archive=wanted.archive,
        report=report,
    )


def _build_from(name: str, job: Job, target: Path) -> Path:
    unpacked = SOURCES[name].unpack(job)
    assemble(job, unpacked)
    components = (*unpacked.components, *bundled_components(job.tree, unpacked.owners))
    properties = {"source": name, "architecture": job.architecture, "python": unpacked.python}
    write_sbom(job.tree, components, properties=properties, unlisted=unpacked.unlisted)
    job.report("writing and checking the zip")
    write_archive(job.root, target)
    require_runnable(target, job.architecture, job.recipe.base_image_libraries)
    return target
