"""What a function runs on: provided.al2023 with the Python layer, or Lambda's own python3.x.

Comes in: the user's choice. Goes out: a `FunctionRuntime`, all that the function must know of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.bundle.managed_python import WRAPPER_PATH, WRAPPER_VARIABLE, choose_target
from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.cdk.runtime.architecture import layer_architecture
from streambda.cdk.runtime.layer_by_arn import ImportedPythonLayer
from streambda.cdk.runtime.managed_python import ManagedPython
from streambda.cdk.runtime.python_layer import PythonLayer, is_left_out

_UNKNOWN_PYTHON = NoPackageTarget(
    "it is not known which Python the layer brings, expected a streambda.cdk.PythonLayer, or "
    "PythonLayer.from_arn(arn, python='3.13') for a layer that exists already"
)

AnyLayer = lambda_.ILayerVersion | ImportedPythonLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionRuntime:
    """`python` is what code is compiled for, None where that is not known."""

    lambda_runtime: lambda_.Runtime
    python: str | None
    package_target: PackageTarget | NoPackageTarget
    layers: tuple[lambda_.ILayerVersion, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def choose_runtime(
    scope: Construct,
    runtime: ManagedPython | None,
    layer: AnyLayer | None,
    architecture: lambda_.Architecture,
    environment: Mapping[str, str],
) -> FunctionRuntime:
    """`runtime` None is provided.al2023, with `layer` or else the stack's `PythonLayer`.

    Raises:
        ValueError: `layer` or `environment` do not go together with `runtime`, or `layer` is for
            another architecture or in another region.
        streambda.layer.LayerUnavailable: no source of the default layer can be reached.
    """
    if runtime is None:
        return _use_layer(scope, layer or PythonLayer.of(scope, architecture), architecture)
    if layer is not None:
        raise ValueError(f"layer is given, expected none with {runtime}, which has its own Python")
    if WRAPPER_VARIABLE in environment:
        raise ValueError(
            f"environment has {WRAPPER_VARIABLE}={environment[WRAPPER_VARIABLE]!r}, expected none "
            f"with {runtime}: a function can have only one wrapper, and streambda needs it to "
            "stream"
        )
    return _use_managed_python(runtime, architecture)


def check_snap_start(runtime: lambda_.Runtime) -> None:
    """Check that Lambda can take snapshots of functions on `runtime`.

    Raises:
        ValueError: it cannot.
    """
    if not runtime.supports_snap_start:
        raise ValueError(
            f"snap_start is set for {runtime.name}, for which Lambda has no SnapStart, "
            "expected runtime=ManagedPython('3.12') or newer"
        )


def _use_layer(
    scope: Construct, layer: AnyLayer | None, architecture: lambda_.Architecture
) -> FunctionRuntime:
    python = layer.python if isinstance(layer, PythonLayer | ImportedPythonLayer) else None
    package_target: PackageTarget | NoPackageTarget = _UNKNOWN_PYTHON
    # For the local cloud, which runs functions with a Python of this machine.
    if layer is None or is_left_out(layer, scope):
        python, package_target = None, PackageTarget.this_machine()
    elif python is not None:
        package_target = PackageTarget(python, layer_architecture(architecture))
    if isinstance(layer, ImportedPythonLayer):
        layer = layer.import_into(scope, architecture)
    return FunctionRuntime(
        lambda_runtime=lambda_.Runtime.PROVIDED_AL2023,
        python=python,
        package_target=package_target,
        layers=(layer,) if layer else (),
    )


def _use_managed_python(
    runtime: ManagedPython, architecture: lambda_.Architecture
) -> FunctionRuntime:
    return FunctionRuntime(
        lambda_runtime=runtime.lambda_runtime,
        python=runtime.version,
        package_target=choose_target(runtime.version, layer_architecture(architecture)),
        environment={WRAPPER_VARIABLE: WRAPPER_PATH},
    )
