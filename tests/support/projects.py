"""Python projects on this machine that build without a network, and locks of them."""

import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from streambda.bundle.uv import find_uv

# A build backend (PEP 517) that lies in the project itself: a wheel of the modules beside it.
_BACKEND = """
import pathlib, zipfile

NAME, TAG = {name!r}, {tag!r}
WHEEL = f"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {{TAG}}\\n"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    wheel = f"{{NAME}}-1.0-{{TAG}}.whl"
    info = f"{{NAME}}-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder, wheel), "w") as archive:
        for path in pathlib.Path().glob("*.py"):
            if path.name != "backend.py":
                archive.write(path)
        needs = "".join(f"Requires-Dist: {{one}}\\n" for one in {dependencies!r})
        text = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: 1.0\\n{{needs}}"
        archive.writestr(f"{{info}}/METADATA", text)
        archive.writestr(f"{{info}}/WHEEL", WHEEL)
        archive.writestr(f"{{info}}/RECORD", "")
    return wheel
"""


def write_project(
    folder: Path,
    name: str,
    dependencies: Sequence[str] = (),
    *,
    tables: str = "",
    project: str = "",
) -> Path:
    """A pyproject.toml without a build system: what a folder of handlers has.

    `project` is more of its table [project], `tables` are more tables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1.0"\nrequires-python = ">=3.8"\n'
        f"dependencies = {json.dumps(list(dependencies))}\n{project}\n{tables}\n"
    )
    return folder


def write_package(
    folder: Path,
    name: str,
    dependencies: Sequence[str] = (),
    *,
    files: Mapping[str, str] | None = None,
    tables: str = "",
    tag: str = "py3-none-any",
) -> Path:
    """A project that can be built; `files` are its modules, by default one with its name."""
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    write_project(folder, name, dependencies, tables=f"{build}{tables}")
    backend = _BACKEND.format(name=name, tag=tag, dependencies=list(dependencies))
    (folder / "backend.py").write_text(backend)
    for path, text in (files or {f"{name}.py": f"NAME = {name!r}\n"}).items():
        (folder / path).write_text(text)
    return folder


def make_sdist(folder: Path, name: str) -> Path:
    """A source distribution of `write_package`, named like one of an index."""
    folder.mkdir(parents=True, exist_ok=True)
    sdist = folder / f"{name}-1.0.tar.gz"
    with TemporaryDirectory() as work, tarfile.open(sdist, "w:gz") as archive:
        source = write_package(Path(work, f"{name}-1.0"), name)
        (source / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.add(source, source.name)
    return sdist


def lock_project(folder: Path) -> None:
    """Write the uv.lock of the project, or of its workspace."""
    uv = find_uv()
    assert uv is not None
    subprocess.run([uv.path, "lock", "--quiet", "--offline"], cwd=folder, check=True, timeout=60)
