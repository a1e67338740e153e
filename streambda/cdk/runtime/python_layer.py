"""The Python that provided.al2023 lacks, as a Lambda layer: one per stack and architecture."""

import re
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from streambda.cdk.context import read_choice
from streambda.cdk.runtime.architecture import layer_architecture
from streambda.layer import ensure_layer

# Context. "build": the layer's archive is built, or taken from the cache of an earlier build.
# "none": no layer, for the local cloud, which runs functions with a Python of this machine.
PYTHON_LAYER = "streambda:python-layer"
_CHOICES = {"build": True, "none": False}

_STDLIB = re.compile(r"python-rt/lib/python(3\.\d+)/os\.py$")

_NO_LAYER = (
    f"context {PYTHON_LAYER} is 'none': there is no Python layer, "
    "so a function that is deployed like this will not start"
)


class PythonLayer(lambda_.LayerVersion):
    """A layer with Python in /opt, for functions on provided.al2023."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        architecture: lambda_.Architecture = lambda_.Architecture.ARM_64,
        archive: Path | None = None,
    ) -> None:
        """Make the layer.

        Args:
            archive: The layer as a zip file. By default it is built, or taken from the cache of an
                earlier build; the first build downloads its parts and can take some minutes.

        Raises:
            ValueError: `architecture` is neither arm64 nor x86_64.
            streambda.layer.LayerUnavailable: no source of the layer can be reached.
        """
        archive = archive or ensure_layer(layer_architecture(architecture), report=_report)
        # "3.11", or None for an archive that does not say: functions are compiled for it.
        self.python = _find_python(archive)
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(str(archive.absolute())),
            compatible_architectures=[architecture],
            compatible_runtimes=[lambda_.Runtime.PROVIDED_AL2023],
            description=f"Python for provided.al2023 on {architecture.name}",
        )

    @staticmethod
    def of(
        scope: IConstruct, architecture: lambda_.Architecture, *, archive: Path | None = None
    ) -> "PythonLayer | None":
        """The layer of the stack that `scope` is in; made by the first call, with `archive`.

        None, and a warning on the stack, if the context value `streambda:python-layer` is "none"
        and no `archive` is given. Raises what the constructor raises.
        """
        stack = cdk.Stack.of(scope)
        id = f"PythonLayer-{architecture.name}"
        existing = stack.node.try_find_child(id)
        if isinstance(existing, PythonLayer):
            return existing
        if archive is None and not read_choice(stack, PYTHON_LAYER, _CHOICES):
            cdk.Annotations.of(stack).add_warning_v2("streambda:no-python-layer", _NO_LAYER)
            return None
        return PythonLayer(stack, id, architecture=architecture, archive=archive)


def _find_python(archive: Path) -> str | None:
    with zipfile.ZipFile(archive) as packed:
        found = {match[1] for name in packed.namelist() if (match := _STDLIB.match(name))}
    return found.pop() if len(found) == 1 else None


def _report(message: str) -> None:
    # Not to stdout: `cdk synth` prints the template there.
    sys.stderr.write(f"streambda: {message}\n")
