"""The steps from an unpacked CPython to the layer's zip."""

from __future__ import annotations

import shutil
from pathlib import Path

from streambda.layer.errors import LayerError
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.layout import LICENCE
from streambda.layer.pack.bytecode import compile_stdlib
from streambda.layer.pack.libraries import bundle_libraries, keep_package_licences
from streambda.layer.pack.prune import prune, prune_bytecode
from streambda.layer.pack.sbom import write_sbom
from streambda.layer.pack.zip_file import write_zip


def pack_layer(job: BuildJob, unpacked: UnpackedPython, target: Path, *, source: str) -> None:
    """Writes the zip `target`. `source` is named in its bill of materials."""
    fill_tree(job, unpacked)
    components = (*unpacked.components, *keep_package_licences(job.tree, unpacked.owners))
    properties = {"source": source, "architecture": job.architecture, "python": job.python}
    write_sbom(job.tree, components, properties=properties, unlisted=unpacked.unlisted)
    job.report("writing and checking the zip")
    write_zip(job.root, target)


def fill_tree(job: BuildJob, unpacked: UnpackedPython) -> None:
    if not (job.stdlib / "os.py").is_file():
        raise LayerError(f"the source has no lib/python{job.python}/os.py")
    prune(job)
    # CPython warns at every start where this folder is missing, even if it would be empty.
    (job.stdlib / "lib-dynload").mkdir(exist_ok=True)
    bundle_libraries(job.tree, unpacked.library_folders)
    licence = job.stdlib / "LICENSE.txt"
    if licence.is_file():
        shutil.copyfile(licence, job.tree / LICENCE)
    compile_stdlib(job)
    prune_bytecode(job)
