"""What a user may choose about the zip of a function."""

from collections.abc import Sequence
from dataclasses import dataclass

# What the construct calls it, where that is not the same.
_OPTION_NAMES = {"groups": "dependency_groups"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOptions:
    """The defaults are what a folder gets for which nothing was chosen.

    `exclude` and `include` are patterns for files and folders of `entry`; `extras` and `groups` are
    names in its pyproject.toml or lock file; `allow_builds` are names of packages.
    """

    exclude: Sequence[str] = ()
    include: Sequence[str] = ()
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    allow_builds: Sequence[str] = ()
    console_scripts: bool = False

    def __post_init__(self) -> None:
        """Check the types: a string in place of a list would be taken letter by letter.

        Raises:
            TypeError: an option is one string.
        """
        for name in ("exclude", "include", "extras", "groups", "allow_builds"):
            value = getattr(self, name)
            if isinstance(value, str):
                option = _OPTION_NAMES.get(name, name)
                raise TypeError(f"{option} is {value!r}, expected a list of strings, [{value!r}]")


DEFAULTS = BundleOptions()
