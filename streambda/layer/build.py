"""The path of a layer: source -> tree -> zip -> check -> cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .architecture import Architecture
from .archive import write_archive
from .assemble import assemble
from .cache import exclusive, fresh_folder, layer_folder
from .check import require_runnable
from .errors import LayerUnavailable, SourceUnavailable
from .job import Job, Report, silent
from .pbs import require_locked
from .recipe import fingerprint, read_recipe, recipe_folder
from .sbom import write_sbom
from .sources import AUTO, PBS, SOURCES, candidates


def ensure_layer(
    architecture: Architecture,
    *,
    source: str = AUTO,
    locked: bool = False,
    archive: Path | None = None,
    report: Report = silent,
) -> Path:
    """Returns the layer's zip, built now if the cache has none.

    `source` defaults to the first that works: one already built, then `pbs`, then `debian`.
    `locked` refuses a Debian package of another version than the lock's, such as a security update.
    `archive` is a python-build-standalone archive already on disk, with the lock's SHA-256.
    Raises LayerUnavailable where no source can be reached, LayerError where one gave bytes that
    the lock does not know or that would not run on provided.al2023.
    """
    if archive is not None and source not in (AUTO, PBS):
        raise ValueError(f"an archive is for the source {PBS}, not for {source}")
    return ensure_layer_from(
        recipe_folder(),
        Architecture(architecture),
        sources=candidates(source) if archive is None else (PBS,),
        locked=locked,
        archive=archive,
        report=report,
    )


def ensure_layer_from(
    recipe: Path,
    architecture: Architecture,
    *,
    sources: Sequence[str],
    locked: bool = False,
    archive: Path | None = None,
    report: Report,
) -> Path:
    if archive is not None:  # wrong even where the cache has the layer
        require_locked(archive, read_recipe(recipe).lock.pbs, architecture)
    folder = layer_folder()
    key = ("locked-" if locked else "") + fingerprint(recipe)
    kept = {name: folder / f"python-{architecture}-{name}-{key}.zip" for name in sources}
    # The lock comes first: a build under way elsewhere is waited for, not repeated.
    with exclusive(folder / f"{architecture}.lock"):
        for path in kept.values():
            if path.is_file():
                return path
        with fresh_folder(folder / f"{architecture}.building") as work:
            job = Job(
                architecture=architecture,
                recipe=read_recipe(recipe),
                work=work,
                locked=locked,
                archive=archive,
                report=report,
            )
            name, built = build(job, sources)
            return built.replace(kept[name])


def build(job: Job, sources: Sequence[str]) -> tuple[str, Path]:
    """Returns the source that worked and the checked zip in the job's folder."""
    reasons: dict[str, str] = {}
    for name in sources:
        with fresh_folder(job.work / name) as work:
            try:
                return name, _build_from(name, replace(job, work=work), job.work / "layer.zip")
            except SourceUnavailable as error:
                reasons[name] = str(error)
                job.report(f"{name}: {error}")
    raise LayerUnavailable(job.architecture, reasons)


def _build_from(name: str, job: Job, target: Path) -> Path:
    unpacked = SOURCES[name](job)
    assemble(job, unpacked)
    write_sbom(job.tree, unpacked.components, source=name, architecture=job.architecture)
    job.report("writing and checking the zip")
    write_archive(job.root, target)
    require_runnable(target, job.architecture, job.recipe.base_image_libraries)
    return target
