"""Which Python and which architecture the packages of a function must run on."""

import platform
import sys
import sysconfig
from dataclasses import dataclass

from streambda.layer import Architecture


@dataclass(frozen=True, slots=True)
class PackageTarget:
    """`python` is "3.13". Without an architecture: this machine and the Python that runs here."""

    python: str
    architecture: Architecture | None = None

    @classmethod
    def this_machine(cls) -> "PackageTarget":
        return cls(".".join(platform.python_version_tuple()[:2]))

    @property
    def name(self) -> str:
        """A different one for every two targets that may need different wheels."""
        if self.architecture is None:
            return f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
        return f"{self.architecture}-{self.python}"

    def __str__(self) -> str:
        return f"{self.architecture or 'this machine'}, Python {self.python}"


@dataclass(frozen=True, slots=True)
class NoPackageTarget:
    """No package can be installed, for a `reason` that matters only to functions with packages."""

    reason: str
