"""The packages that handlers need, for the Python and the architecture they will run on.

Comes in: a folder with a requirements.txt or a pyproject.toml. Goes out: a folder of packages in
the cache, installed by uv from wheels, without Docker; the second time uv is not asked.
"""

from dataclasses import dataclass
from pathlib import Path

from streambda.cdk.bundle.requirements import Requirements, requirements_of
from streambda.cdk.bundle.uv import Target, find_uv, install
from streambda.cdk.layer import report
from streambda.layer.cache import cache_folder, exclusive, fresh_folder


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Installed packages; `key` follows what was asked for, and is the same on every machine."""

    tree: Path
    key: str


@dataclass(frozen=True, slots=True)
class NoTarget:
    """Nothing can be installed, for a reason that only a function with requirements need hear."""

    reason: str


def dependencies_of(entry: Path, target: Target | NoTarget) -> Dependencies | None:
    """What `entry` asks for, installed now if the cache has it not; None if it asks for nothing.

    Raises:
        ValueError: there is no target or no uv, or a package has no wheel.
    """
    requirements = requirements_of(entry)
    if requirements is None:
        return None
    if isinstance(target, NoTarget):
        raise ValueError(f"{requirements.file} asks for packages, but {target.reason}")
    key = f"{target.name}-{requirements.digest}"
    return Dependencies(_installed(requirements, target, key), key)


def _installed(requirements: Requirements, target: Target, key: str) -> Path:
    folder = cache_folder() / "packages"
    uv = find_uv()
    if uv is None:
        # What an earlier uv installed is as good as it was then.
        if kept := sorted(folder.glob(f"{key}-uv*")):
            return kept[-1]
        raise ValueError(
            f"{requirements.file} asks for packages, but there is no uv to install them: "
            "pip install 'streambda[cdk]' brings it"
        )
    tree = folder / f"{key}-uv{uv.version}"
    # One install at a time; the other one waits, and finds it done.
    with exclusive(folder / f"{key}.lock"):
        if not tree.is_dir():
            with fresh_folder(folder / f"{key}.installing") as work:
                noun = "requirement" if requirements.count == 1 else "requirements"
                report(f"installing {requirements.count} {noun} for {target}")
                (work / "tree").mkdir()
                install(uv, requirements, target, work / "tree")
                (work / "tree").rename(tree)
    return tree
