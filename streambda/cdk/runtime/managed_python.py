"""Lambda's own runtimes python3.x, as a function's option `runtime`."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from streambda.bundle.managed_python import MANAGED_PYTHONS

_EXPECTED_RUNTIME = (
    f"expected ManagedPython('{MANAGED_PYTHONS[-1]}') or another of {', '.join(MANAGED_PYTHONS)}, "
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
        if self.version not in MANAGED_PYTHONS:
            known = ", ".join(map(repr, MANAGED_PYTHONS))
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
        if version not in MANAGED_PYTHONS:
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
        return MANAGED_PYTHONS
