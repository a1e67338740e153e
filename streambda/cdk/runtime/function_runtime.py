"""What a function stands on: provided.al2023 and the Python layer, or Lambda's own python3.x.

Comes in: the choice of the user. Goes out: a `FunctionRuntime`, all that the function has to know of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.cdk.bundle.dependencies import NoTarget
from streambda.cdk.bundle.sources import WRAPPER
from streambda.cdk.bundle.uv import Target
from streambda.cdk.layer import PythonLayer, layer_architecture

WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER_PATH = f"/var/task/{WRAPPER}"

# Lambda's managed Pythons in November 2026, and whether their image is AL2023.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
# 3.10 is left out: streambda's runtime needs 3.11.
_ON_AL2023 = {"3.11": False, "3.12": True, "3.13": True, "3.14": True}

_NO_VERSION = NoTarget(
    "the layer does not tell for which Python, expected a streambda.cdk.PythonLayer"
)
# Packages are chosen for the glibc of AL2023, 2.34; Amazon Linux 2 has 2.26.
_AMAZON_LINUX_2 = NoTarget(
    "python3.11 runs on Amazon Linux 2, whose glibc is too old for the wheels that are chosen, "
    "expected ManagedPython('3.12') or newer"
)


@dataclass(frozen=True, slots=True)
class ManagedPython:
    """Lambda's own runtime `python3.x`, with streambda's loop in place of the one that buffers.

    No Python layer is built or attached: AWS keeps Python and its packages (boto3) up to date. The
    zip brings a wrapper script, which AWS_LAMBDA_EXEC_WRAPPER names; a function has one wrapper,
    so that layers which need that variable themselves cannot be added.

    Raises:
        ValueError: `version` is not one that Lambda has and streambda runs on.
    """

    version: str

    def __post_init__(self) -> None:
        if self.version not in _ON_AL2023:
            known = ", ".join(map(repr, _ON_AL2023))
            raise ValueError(f"version of ManagedPython is {self.version!r}, expected {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionRuntime:
    """`python` is what code is compiled for, None where that is not known."""

    runtime: lambda_.Runtime
    python: str | None
    packages_for: Target | NoTarget
    layers: tuple[lambda_.ILayerVersion, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def choose_runtime(
    scope: Construct,
    base: ManagedPython | None,
    layer: lambda_.ILayerVersion | None,
    architecture: lambda_.Architecture,
    environment: Mapping[str, str],
) -> FunctionRuntime:
    """`base` None is provided.al2023, with `layer` or else the stack's `PythonLayer`.

    Raises:
        ValueError: `layer` or `environment` do not go together with `base`.
        streambda.layer.LayerUnavailable: no source of the default layer can be reached.
    """
    if base is None:
        return _provided(layer or PythonLayer.of(scope, architecture), architecture)
    if layer is not None:
        raise ValueError(f"layer is given, expected none with {base}, which has its own Python")
    if WRAPPER_VARIABLE in environment:
        raise ValueError(
            f"environment has {WRAPPER_VARIABLE}={environment[WRAPPER_VARIABLE]!r}, expected none "
            f"with {base}: a function has one wrapper, and streambda's own makes it stream"
        )
    return _managed(base.version, architecture)


def check_snap_start(runtime: lambda_.Runtime) -> None:
    """Check that Lambda can take snapshots of functions on `runtime`.

    Raises:
        ValueError: it cannot.
    """
    if not runtime.supports_snap_start:
        raise ValueError(
            f"snap_start is set for {runtime.name}, of which Lambda takes no snapshots, "
            "expected base=ManagedPython('3.12') or newer"
        )


def _provided(
    layer: lambda_.ILayerVersion | None, architecture: lambda_.Architecture
) -> FunctionRuntime:
    python: str | None = getattr(layer, "python", None)
    packages_for: Target | NoTarget = _NO_VERSION
    if layer is None:  # for the local cloud, which takes a Python of this machine
        packages_for = Target.this_machine()
    elif python is not None:
        packages_for = Target(python, layer_architecture(architecture))
    return FunctionRuntime(
        runtime=lambda_.Runtime.PROVIDED_AL2023,
        python=python,
        packages_for=packages_for,
        layers=(layer,) if layer else (),
    )


def _managed(version: str, architecture: lambda_.Architecture) -> FunctionRuntime:
    target = Target(version, layer_architecture(architecture))
    return FunctionRuntime(
        runtime=getattr(lambda_.Runtime, f"PYTHON_{version.replace('.', '_')}"),
        python=version,
        packages_for=target if _ON_AL2023[version] else _AMAZON_LINUX_2,
        environment={WRAPPER_VARIABLE: WRAPPER_PATH},
    )
