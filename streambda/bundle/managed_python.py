"""Lambda's own runtimes python3.x: which there are, and what a function on each of them needs."""

from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.layer import Architecture

WRAPPER = "streambda-wrapper"  # the script in the zip that Lambda starts in place of Python
WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER_PATH = f"/var/task/{WRAPPER}"

# Lambda's managed Pythons in November 2026, and whether their image is AL2023.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
# 3.10 is left out: streambda's runtime needs 3.11. tests/test_service_models.py finds new ones.
_ON_AL2023 = {"3.11": False, "3.12": True, "3.13": True, "3.14": True, "3.15": True}

MANAGED_PYTHONS = tuple(_ON_AL2023)

# Packages are chosen for the glibc of AL2023, 2.34; Amazon Linux 2 has 2.26.
AMAZON_LINUX_2 = NoPackageTarget(
    "python3.11 runs on Amazon Linux 2, whose glibc is too old for the wheels that are installed, "
    "expected python3.12 or newer"
)


def choose_target(version: str, architecture: Architecture) -> PackageTarget | NoPackageTarget:
    """What packages are installed for on the runtime python`version`."""
    return PackageTarget(version, architecture) if _ON_AL2023[version] else AMAZON_LINUX_2
