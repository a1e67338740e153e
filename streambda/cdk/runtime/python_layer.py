"""The Python that provided.al2023 lacks, as a Lambda layer: one per stack and architecture."""

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from streambda.cdk.context import is_needed, read_choice
from streambda.cdk.option_types import explain_mismatch
from streambda.cdk.outputs import add_output
from streambda.cdk.runtime.architecture import layer_architecture
from streambda.cdk.runtime.layer_by_arn import ImportedPythonLayer
from streambda.cdk.runtime.layer_choice import FALLBACK, FoundLayer, LayerChoice, find_zip
from streambda.layer.layer_info import digest_content

# Context. "build": the layer's archive is built, or taken from the cache of an earlier build.
# "none": no layer, for the local cloud, which runs functions with a Python of this machine.
PYTHON_LAYER = "streambda:python-layer"
_CHOICES = {"build": True, "none": False}

# In place of a layer that is not needed.
_NO_LAYER = Path(__file__).with_name("no_layer")

_WILL_NOT_START = (
    f"context {PYTHON_LAYER} is 'none': there is no Python layer, "
    "so a function that is deployed like this will not start"
)


class PythonLayer(lambda_.LayerVersion):
    """A layer with Python in /opt, for functions on provided.al2023.

    `python` is its version, such as "3.13", for which functions are compiled and get packages; None
    where an archive does not say it. `architecture` is what it is for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        architecture: lambda_.Architecture = lambda_.Architecture.ARM_64,
        python: str | None = None,
        source: str | None = None,
        lock: str | Path | None = None,
        fallback: str | None = None,
        archive: str | Path | None = None,
        outputs: bool = True,
    ) -> None:
        """Make the layer: build it, or take it from the cache of an earlier build.

        The first build downloads its parts and can take some minutes. Nothing is built for a stack
        that the CDK does not need now, as in `cdk ls`.

        Args:
            python: The version, such as "3.12". By default "3.13" on every machine, or what `lock`
                or `archive` say.
            source: Where it comes from: "pbs", "debian" or "docker". By default ("auto") the first
                of these that can be reached and has that Python.
            lock: The path of a file like python-layer.lock, which `streambda layer lock` prints:
                nothing but what it names is accepted.
            fallback: The Python to use if no available source has `python`. By default the
                context value `streambda:python-fallback`; without either it is an error.
            archive: The path of a layer's zip that was built earlier, or of a release archive of
                python-build-standalone to build it from.
            outputs: Make the version of Python an output of the stack.

        Raises:
            TypeError: a value has a wrong type.
            ValueError: `architecture` is neither arm64 nor x86_64, there is no such version, source
                or archive, the archive is for another architecture or Python, or options exclude
                each other.
            streambda.layer.LayerUnavailable: no source that can be reached has that Python.
            streambda.layer.LayerError: the lock cannot be read, or a source gave what it does not
                name.
        """
        if message := explain_mismatch("architecture", architecture, lambda_.Architecture):
            raise TypeError(message)
        self.choice = LayerChoice(
            python=python, source=source, lock=lock, fallback=fallback, archive=archive
        )
        self.architecture = architecture
        self.is_left_out = archive is None and _is_left_out(scope)
        found = find_zip(
            self.choice,
            layer_architecture(architecture),
            _read_fallback(scope),
            build=not self.is_left_out and is_needed(scope),
        )
        self.python = None if self.is_left_out else found.info.python
        self.choice = replace(self.choice, python=python or found.wanted)
        named = found.info.describe_python() or "Python"
        super().__init__(
            scope,
            id,
            code=_make_code(None if self.is_left_out else found.path),
            compatible_architectures=[architecture],
            compatible_runtimes=[lambda_.Runtime.PROVIDED_AL2023],
            description=f"{named} for provided.al2023 on {architecture.name}",
        )
        self._tell(found)
        version = found.info.version or found.info.python
        if outputs and version is not None:
            add_output(self, "Python", version)

    @staticmethod
    def of(
        scope: IConstruct,
        architecture: lambda_.Architecture,
        *,
        python: str | None = None,
        source: str | None = None,
        lock: str | Path | None = None,
        fallback: str | None = None,
        archive: str | Path | None = None,
    ) -> "PythonLayer | None":
        """The layer of the stack that `scope` is in; made by the first call, with its options.

        None, and a warning on the stack, if the context value `streambda:python-layer` is "none"
        and no `archive` is given. Raises what the constructor raises, and ValueError if the stack
        has a layer with other options already.
        """
        stack = cdk.Stack.of(scope)
        id = f"PythonLayer-{architecture.name}"
        choice = LayerChoice(
            python=python, source=source, lock=lock, fallback=fallback, archive=archive
        )
        existing = stack.node.try_find_child(id)
        if isinstance(existing, PythonLayer):
            if difference := choice.find_difference(existing.choice):
                raise ValueError(
                    f"{existing.node.path} is made already and its {difference}, expected the "
                    "options in the first call, or layer=PythonLayer(…) for the function"
                )
            return existing
        if archive is None and _is_left_out(stack):
            _warn_that_none(stack)
            return None
        return PythonLayer(
            stack,
            id,
            architecture=architecture,
            python=python,
            source=source,
            lock=lock,
            fallback=fallback,
            archive=archive,
        )

    @staticmethod
    def from_arn(
        arn: str, *, python: str, architecture: lambda_.Architecture | None = None
    ) -> ImportedPythonLayer:
        """A Python layer that exists already, such as one that a platform team publishes.

        Args:
            arn: Of a version of the layer, with its number at the end; a token passes.
            python: The version that it has, such as "3.13": packages are installed for it.
            architecture: What it is for; by default the architecture of each function.

        Raises:
            TypeError: a value has a wrong type.
            ValueError: a value is not as above.
        """
        return ImportedPythonLayer(arn, python, architecture)

    def _tell(self, found: FoundLayer) -> None:
        if self.is_left_out:
            _warn_that_none(cdk.Stack.of(self))
        elif found.wanted is not None and found.info.python != found.wanted:
            cdk.Annotations.of(self).add_warning_v2(
                FALLBACK,
                f"no available source has Python {found.wanted}: this layer has "
                f"{found.info.describe_python()}, the fallback",
            )


def is_left_out(layer: lambda_.ILayerVersion | ImportedPythonLayer, scope: IConstruct) -> bool:
    """Whether functions run on a Python of this machine, whatever `layer` has."""
    if isinstance(layer, PythonLayer):
        return layer.is_left_out
    return isinstance(layer, ImportedPythonLayer) and _is_left_out(scope)


def _is_left_out(scope: IConstruct) -> bool:
    return not read_choice(scope, PYTHON_LAYER, _CHOICES)


def _warn_that_none(stack: cdk.Stack) -> None:
    cdk.Annotations.of(stack).add_warning_v2("streambda:no-python-layer", _WILL_NOT_START)


def _read_fallback(scope: IConstruct) -> str | None:
    value: object = scope.node.try_get_context(FALLBACK)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"context {FALLBACK} is {value!r}, expected a string such as '3.11'")
    return value or None


def _make_code(path: Path | None) -> lambda_.Code:
    """None is for a stack that is not needed now, or that is for the local cloud."""
    if path is None:
        return lambda_.Code.from_asset(str(_NO_LAYER))
    # What packed and compiled the layer does not count: other machines have the same hash.
    return lambda_.Code.from_asset(str(path.absolute()), asset_hash=digest_content(path))
