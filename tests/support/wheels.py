"""Wheels and layers made by hand: no network, no build."""

import zipfile
from pathlib import Path


def make_wheel(
    folder: Path,
    name: str,
    files: dict[str, str],
    *,
    version: str = "1.0",
    tag: str = "py3-none-any",
) -> Path:
    """`files`: path within site-packages -> content; "bin/x" becomes a script."""
    info, data = f"{name}-{version}.dist-info", f"{name}-{version}.data/scripts"
    members = {
        **{path.replace("bin/", f"{data}/", 1): text for path, text in files.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in [*members, f"{info}/RECORD"])
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel


def write_requirements(entry: Path, *lines: str) -> None:
    """A requirements.txt that asks no index, only the folder `wheels` beside `entry`."""
    wheels = entry.parent / "wheels"
    wheels.mkdir(exist_ok=True)
    text = "\n".join(["--no-index", f"--find-links {wheels}", *lines])
    (entry / "requirements.txt").write_text(f"{text}\n")


def make_layer_archive(python: str, folder: Path) -> Path:
    """A Python layer of which the constructs can read the version, as of a real one."""
    archive = folder / f"python-{python}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("python-rt/bin/python3"), "")
        packed.writestr(zipfile.ZipInfo(f"python-rt/lib/python{python}/os.py"), "")
    return archive
