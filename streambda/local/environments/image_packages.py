"""The packages that Lambda's images of managed Pythons bring along, as far as they are here too.

A function may count on them, and this machine's Python rarely has any. Those that are installed
beside streambda take their place, whatever their versions; they are Python alone, so that another
interpreter than ours can import them.
"""

import importlib.util
from collections.abc import Iterable
from pathlib import Path

# The SDK and what it imports, and SnapStart's hooks.
NAMES = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six",
    "snapshot_restore_py",
    "urllib3",
)


def link_packages(folder: Path, names: Iterable[str] = NAMES) -> None:
    """Fills `folder`, which a function's path may have, with links to what is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if found.submodule_search_locations else origin
            (folder / source.name).symlink_to(source)
