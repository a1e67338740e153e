"""Lambda's own runtimes python3.x: which versions there are, and what each of them needs."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from streambda.cdk.runtime.package_target import NoPackageTarget

WRAPPER = "streambda-wrapper"  # the script in the zip that Lambda starts in place of Python
WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER_PATH = f"/var/task/{WRAPPER}"

# Lambda's managed Pythons in November 2026, and whether their image is AL2023.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
# 3.10 is left out: streambda's runtime needs 3.11. tests/test_service_models.py finds new ones.
_ON_AL2023 = {"3.11": False, "3.12": True, "3.13": True, "3.14": True, "3.15": True}

# Packages are chosen for the glibc of AL2023, 2.34; Amazon Linux 2 has 2.26.
AMAZON_LINUX_2 = NoPackageTarget(
    "python3.11 runs on Amazon Linux 2, whose glibc is too old for the wheels that are installed, "
    "expected ManagedPython('3.12') or newer"
)

_EXPECTED_RUNTIME = (
    f"expected ManagedPython('{list(_ON_AL2023)[-1]}') or another of {', '.join(_ON_AL2023)}, "
    "the CDK's Runtime of these, or none for provided.al2023 with a Python layer"
)


@dataclass(frozen=True, slots=True)
class ManagedPython:
    """Lambda's own runtime `python3.x`, with streambda's loop in place of the one that buffers.

    No Python layer is built or attached: AWS keeps Python and its packages (boto3) up to date. The
    zip brings a wrapper script, which AWS_LAMBDA_EXEC_WRAPPER names. A function can have only one
    wrapper, so layers which need that variable themselves cannot be added.

    Raises:
        ValueError: `version` is not one that Lambda has and streambda runs on.
    """

    version: str

    def __post_init__(self) -> None:
        if self.version not in _ON_AL2023:
            known = ", ".join(map(repr, _ON_AL2023))
            raise ValueError(f"version of ManagedPython is {self.version!r}, expected {known}")

    @classmethod
    def of(cls, runtime: "ManagedPython | lambda_.Runtime | None") -> "ManagedPython | None":
        """What the CDK calls Runtime.PYTHON_3_13; None for PROVIDED_AL2023, and where none is set.

        Raises:
            TypeError: `runtime` is of another type.
            ValueError: streambda does not run on it.
        """
        if runtime is None or isinstance(runtime, ManagedPython):
            return runtime
        if not isinstance(runtime, lambda_.Runtime):
            raise TypeError(f"runtime is {runtime!r}, {_EXPECTED_RUNTIME}")
        if runtime.name == lambda_.Runtime.PROVIDED_AL2023.name:
            return None
        version = runtime.name.removeprefix("python")
        if version not in _ON_AL2023:
            raise ValueError(f"runtime is {runtime.name}, {_EXPECTED_RUNTIME}")
        return cls(version)

    @property
    def lambda_runtime(self) -> lambda_.Runtime:
        name = f"PYTHON_{self.version.replace('.', '_')}"
        known: lambda_.Runtime | None = getattr(lambda_.Runtime, name, None)
        # Lambda has a new Python before the CDK has a name for it.
        return known or lambda_.Runtime(
            f"python{self.version}",
            lambda_.RuntimeFamily.PYTHON,
            supports_inline_code=True,
            supports_snap_start=True,
        )

    @classmethod
    def versions(cls) -> tuple[str, ...]:
        """Those that there are: "3.11" and newer."""
        return tuple(_ON_AL2023)

    @property
    def is_on_al2023(self) -> bool:
        return _ON_AL2023[self.version]
