"""What a function finds on disk: /var/task from its code, /opt from its layers.

A folder asset is used in its place, but that of a Node.js function is copied if files of another
package lie above it: Node.js would find those, and on Lambda there are none. Zips are unpacked once
per content into a private folder that lives as long as the local cloud does. A module that the
template itself holds is written there too.

For managed runtimes there are also the packages that Lambda's images bring along, whatever their
versions: for Python as far as they are installed beside streambda, for Node.js as far as
`node_modules` of the app has them, or one above it. A function may count on them, and this machine
rarely has any. They are pure Python, so other interpreters can import them too.
"""

import hashlib
import importlib.util
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from streambda.local.environments.unpack import count_unzipped_bytes, unpack
from streambda.local.model.constants import UNZIPPED_BYTES
from streambda.local.model.errors import AssemblyError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, node_version, start_mode

# The packages of Lambda's images: the SDK and what it imports, and SnapStart's hooks.
IMAGE_PACKAGES = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six",
    "snapshot_restore_py",
    "urllib3",
)

# Folders of packages in the images of Node.js: the SDK, and what it imports. Before nodejs18.x it
# is version 2, and version 3 is not there.
# https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/
NODE_PACKAGES = ("@aws-sdk", "@smithy", "@aws")
NODE_PACKAGES_2 = ("aws-sdk",)
FIRST_NODE_WITH_3 = 18
# What Node.js looks for in all folders above a module.
NODE_FILES = ("package.json", "node_modules")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folders of one function."""

    task_root: Path  # in place of /var/task
    opt: Path | None  # in place of /opt; None when there are no layers
    image: Path | None = None  # packages of a managed runtime's image
    # Where code was copied to: a file of it has the same path from here as the original from "/".
    # So source maps, which name sources outside of the code by "../..", lead to known places.
    mirror: Path | None = None


class SandboxFiles:
    """Folders for the functions of one local cloud, below `root`.

    Args: `most_bytes` is how much code and layers of a function may take, None for any number;
    `project` the folder of the app, whose Node.js packages take the place of the image's.
    """

    def __init__(
        self,
        root: Path,
        most_bytes: int | None = UNZIPPED_BYTES,
        project: Path | None = None,
    ) -> None:
        # Only now: a cold start may be under way in a thread when the cloud has ended and removed
        # all its files. What it then wrote would stay for ever.
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._project = project
        self._most_bytes = most_bytes
        self._sizes: dict[Path, int] = {}
        # By folder of code: names of files that functions have written there, as far as told.
        self.told_writes: defaultdict[Path, set[str]] = defaultdict(set)
        # Environments start side by side, each from a thread of its own. One lock for each folder:
        # no function waits until the layer of another is unpacked.
        self._locks: defaultdict[Path, Lock] = defaultdict(Lock)

    def lay_out(self, function: LocalFunction) -> Sandbox:
        """Raises `AssemblyError` when the assembly does not hold what the function needs."""
        self._check_size(function)
        opt = self._merge("opt", function.layers) if function.layers else None
        image = self._make_image(function)
        if function.code is not None and function.code.is_dir() and is_below_packages(function):
            code = function.code.resolve()
            mirror = self._copy(code)
            return Sandbox(mirror / code.relative_to(code.anchor), opt, image, mirror)
        return Sandbox(self._task_root(function), opt, image)

    def make_private_folder(self, name: str) -> Path:
        """For files of the local cloud itself, beside those of functions."""
        folder = self._root / f"private-{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def _check_size(self, function: LocalFunction) -> None:
        assets = (*function.layers, *([function.code] if function.code else []))
        size = sum(map(self._count_bytes, assets))
        if self._most_bytes is not None and size > self._most_bytes:
            raise AssemblyError(
                f"{function.name}: code and layers are {size} bytes unzipped, "
                f"expected at most {self._most_bytes} as on Lambda"
            )

    def _count_bytes(self, asset: Path) -> int:
        # Once for each: the CDK names assets after their content.
        if asset not in self._sizes:
            self._sizes[asset] = count_unzipped_bytes(asset)
        return self._sizes[asset]

    def _task_root(self, function: LocalFunction) -> Path:
        if function.code is not None:
            if function.code.is_dir():
                return function.code.resolve()
            return self._merge("task", (function.code,))
        if function.inline is not None:
            return self._write_inline(function)
        raise AssemblyError(
            f"{function.name}: its code is not in the assembly or beside the template, "
            "expected a file or folder asset, or a module in the template"
        )

    def link_program(self, path: str, names: Iterable[str]) -> Path:
        """A folder in place of /var/lang: `path` under each of `names` in its `bin`."""

        def link(folder: Path) -> None:
            (folder / "bin").mkdir(parents=True)
            for name in names:
                (folder / "bin" / name).symlink_to(path)

        key = hashlib.sha256("\n".join((path, *names)).encode()).hexdigest()[:16]
        return self._make(self._root / f"lang-{key}", link)

    def _make_image(self, function: LocalFunction) -> Path | None:
        """The packages of a managed runtime's image."""
        mode = start_mode(function)
        if mode in {StartMode.WRAPPER, StartMode.MANAGED_PYTHON}:
            return self._make(self._root / "image", link_packages)
        if mode is StartMode.MANAGED_NODE and self._project:
            project = self._project
            has_3 = node_version(function) >= FIRST_NODE_WITH_3
            return self._make(
                self._root / ("image-node" if has_3 else "image-node-2"),
                lambda folder: link_node_packages(
                    folder, project, NODE_PACKAGES if has_3 else NODE_PACKAGES_2
                ),
            )
        return None

    def _write_inline(self, function: LocalFunction) -> Path:
        source = function.inline or ""
        # The name that CloudFormation gives it.
        extension = "js" if start_mode(function) is StartMode.MANAGED_NODE else "py"

        def write(folder: Path) -> None:
            folder.mkdir(parents=True)
            (folder / f"index.{extension}").write_text(source, "utf-8")

        name = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._make(self._root / f"inline-{extension}-{name}", write)

    def _copy(self, code: Path) -> Path:
        """The folder in place of "/"."""
        place = code.relative_to(code.anchor)
        target = self._root / f"task-{content_key((code,))}"
        return self._make(target, lambda folder: unpack(code, folder / place))

    def _merge(self, kind: str, sources: tuple[Path, ...]) -> Path:
        def unpack_all(folder: Path) -> None:
            for source in sources:
                unpack(source, folder)

        return self._make(self._root / f"{kind}-{content_key(sources)}", unpack_all)

    def _make(self, folder: Path, fill: Callable[[Path], None]) -> Path:
        """`folder`, complete or not at all: what failed is tried again with the next call."""
        with self._locks[folder]:
            if not folder.exists():
                self._root.stat()  # an error if the cloud has ended
                unfinished = folder.with_suffix(".unfinished")
                try:
                    fill(unfinished)
                    unfinished.rename(folder)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)
        return folder


def link_packages(folder: Path, names: Iterable[str] = IMAGE_PACKAGES) -> None:
    """Fills `folder`, for a function's search path, with links to those that are installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if found.submodule_search_locations else origin
            (folder / source.name).symlink_to(source)


def link_node_packages(folder: Path, project: Path, names: Iterable[str]) -> None:
    """The same for Node.js: a folder `node_modules` with links to what `project` has installed.

    As Node.js does, it looks above `project` too: packages of a workspace are in its root. What is
    in none of them is found once it is installed in `project`, without a new start.
    """
    (folder / "node_modules").mkdir(parents=True)
    places = [one.resolve() / "node_modules" for one in (project, *project.absolute().parents)]
    for name in names:
        place = next((one for one in places if (one / name).is_dir()), places[0])
        (folder / "node_modules" / name).symlink_to((place / name).resolve())


def is_below_packages(function: LocalFunction) -> bool:
    if start_mode(function) is not StartMode.MANAGED_NODE or function.code is None:
        return False
    above = function.code.resolve().parents
    return any((one / name).exists() for one in above for name in NODE_FILES)


def content_key(sources: Iterable[Path]) -> str:
    # The CDK names an asset after the hash of its content, so the names are the content. Other
    # folders may change: so the times of their files count.
    parts = [part for source in sources for part in _describe_content(source.resolve())]
    return hashlib.sha256(os.fsencode("\n".join(parts))).hexdigest()[:16]


def _describe_content(source: Path) -> Iterator[str]:
    yield str(source)
    for at, folders, files in os.walk(source):
        folders.sort()
        for name in sorted(files):
            path = Path(at, name)
            with suppress(OSError):  # it is gone already
                found = path.lstat()
                yield f"{path} {found.st_mtime_ns} {found.st_size}"
