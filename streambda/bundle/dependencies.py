"""The packages that handlers need, for the Python and the architecture they will run on.

Comes in: a folder with a requirements.txt, a lock file or a pyproject.toml. Goes out: a folder of
packages in the cache, installed by uv, without Docker. The second time nothing is installed.
"""

from dataclasses import dataclass
from pathlib import Path

from streambda.bundle.installed_tree import check_tree, make_scripts_portable
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.bundle.requirements import (
    Requirements,
    read_required_python,
    read_requirements,
)
from streambda.bundle.uv import find_uv, install
from streambda.bundle.uv_settings import digest_settings
from streambda.layer.cache import cache_folder, fresh_folder, hold_lock
from streambda.progress import report_progress


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Packages in `tree`. `key` depends on what was asked for; it is the same on every machine.

    With `is_installed` False nothing was installed: `tree` need not be there.
    """

    tree: Path
    key: str
    is_installed: bool = True


def install_dependencies(
    entry: Path,
    target: PackageTarget | NoPackageTarget,
    options: BundleOptions = DEFAULTS,
    *,
    only_key: bool = False,
) -> Dependencies | None:
    """Install what `entry` asks for, unless the cache has it; None if it asks for nothing.

    Args:
        only_key: Install nothing: the code will not be used, as in `cdk ls`.

    Raises:
        ValueError: it is not understood what is asked for, there is no target or no uv, the project
            is for another Python, or a package cannot be installed.
    """
    requirements = read_requirements(entry, options)
    if isinstance(target, PackageTarget) and target.architecture is not None:
        for one in (read_required_python(entry), requirements):
            if one is not None:
                one.check_python(target.python)
    if requirements is None:
        return None
    if isinstance(target, NoPackageTarget):
        raise ValueError(f"{requirements.file} asks for packages, but {target.reason}")
    key = f"{target.name}-{requirements.digest}"
    # What is locked does not depend on them.
    if not requirements.is_locked and (settings := digest_settings(entry)):
        key += f"-{settings}"
    if only_key:
        return Dependencies(_folder() / key, key, is_installed=False)
    return Dependencies(_install_once(requirements, target, key), key)


def _folder() -> Path:
    return cache_folder() / "packages"


def _install_once(requirements: Requirements, target: PackageTarget, key: str) -> Path:
    folder = _folder()
    uv = find_uv()
    if uv is None:
        # What an earlier uv installed is still good.
        if cached := sorted(folder.glob(f"{key}-uv*")):
            return cached[-1]
        raise ValueError(
            f"{requirements.file} asks for packages, but there is no uv to install them; get it "
            "with: pip install uv"
        )
    tree = folder / f"{key}-uv{uv.version}"
    # One install at a time: the second one waits, and then finds the packages there.
    with hold_lock(folder / f"{key}.lock"):
        if not tree.is_dir():
            with fresh_folder(folder / f"{key}.installing") as work:
                noun = "requirement" if requirements.count == 1 else "requirements"
                (work / "tree").mkdir()
                with report_progress() as report:
                    report(f"installing {requirements.count} {noun} for {target}")
                    install(uv, requirements, target, work / "tree")
                built = bool(requirements.projects or requirements.allow_builds)
                check_tree(work / "tree", target, built=built)
                make_scripts_portable(work / "tree")
                (work / "tree").rename(tree)
    return tree
