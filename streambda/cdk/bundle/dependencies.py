"""The packages that handlers need, for the Python and the architecture they will run on.

Comes in: a folder with a requirements.txt or a pyproject.toml. Goes out: a folder of packages in
the cache, installed by uv from wheels, without Docker. The second time nothing is installed.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from streambda.cdk.bundle.requirements import Requirements, read_requirements
from streambda.cdk.bundle.uv import find_uv, install
from streambda.cdk.runtime.package_target import NoPackageTarget, PackageTarget
from streambda.layer.cache import cache_folder, fresh_folder, hold_lock


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Installed packages. `key` depends on what was asked for; it is the same on every machine."""

    tree: Path
    key: str


def install_dependencies(
    entry: Path, target: PackageTarget | NoPackageTarget
) -> Dependencies | None:
    """Install what `entry` asks for, unless the cache has it; None if it asks for nothing.

    Raises:
        ValueError: there is no target or no uv, or a package has no wheel.
    """
    requirements = read_requirements(entry)
    if requirements is None:
        return None
    if isinstance(target, NoPackageTarget):
        raise ValueError(f"{requirements.file} asks for packages, but {target.reason}")
    key = f"{target.name}-{requirements.digest}"
    return Dependencies(_install_once(requirements, target, key), key)


def _install_once(requirements: Requirements, target: PackageTarget, key: str) -> Path:
    folder = cache_folder() / "packages"
    uv = find_uv()
    if uv is None:
        # What an earlier uv installed is still good.
        if cached := sorted(folder.glob(f"{key}-uv*")):
            return cached[-1]
        raise ValueError(
            f"{requirements.file} asks for packages, but there is no uv to install them; get it "
            "with: pip install 'streambda[cdk]'"
        )
    tree = folder / f"{key}-uv{uv.version}"
    # One install at a time: the second one waits, and then finds the packages there.
    with hold_lock(folder / f"{key}.lock"):
        if not tree.is_dir():
            with fresh_folder(folder / f"{key}.installing") as work:
                noun = "requirement" if requirements.count == 1 else "requirements"
                # Not to stdout: `cdk synth` prints the template there.
                sys.stderr.write(
                    f"streambda: installing {requirements.count} {noun} for {target}\n"
                )
                (work / "tree").mkdir()
                install(uv, requirements, target, work / "tree")
                (work / "tree").rename(tree)
    return tree
