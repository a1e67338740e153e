"""Reads assemblies with the values that a developer gives: at the start and after each edit."""

import atexit
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from streambda.local import calls
from streambda.local.assembly.read_assembly import link_stacks, list_regions, read_assembly
from streambda.local.model.assembly import Assembly
from streambda.local.model.deployed_stack import DeployedStack
from streambda.local.model.errors import AssemblyError, LocalCloudError
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction
from streambda.local.model.given_values import GivenValues
from streambda.local.templates.find_template import TemplateFile, copy_code, find_template
from streambda.local.templates.sam_config import SamConfig
from streambda.local.temporary_folder import temporary_folder
from streambda.local.values.credentials import find_region, region_or_default
from streambda.local.values.deployed_stacks import read_deployed_stack
from streambda.local.values.env_files import EnvFile, EnvFileOption, apply_env_files
from streambda.local.values.layers import LayerOption, check_names, parse_layers

# As CloudFormation takes it.
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")

# "NAME=VALUE" or "STACK:NAME=VALUE", several of them, or values by NAME or STACK:NAME.
ParameterOption = str | Iterable[str] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSources:
    """Where values come from that an assembly does not hold; the first wins.

    Args:
        env_files: Variables of functions.
        parameters: Values of template parameters by NAME or STACK:NAME.
        from_stacks: Names of deployed stacks, read once.
        profile: Of the AWS configuration, for `from_stacks` and the region.
        layers: Folders and zips in place of layers that only AWS has.
        stack_name: Of a template.
        sam_config: What samconfig.toml says; all others win over it.
    """

    env_files: tuple[EnvFile, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    from_stacks: tuple[str, ...] = ()
    profile: str | None = None
    layers: Mapping[str, Path] = field(default_factory=dict)
    stack_name: str | None = None
    sam_config: SamConfig = field(default_factory=SamConfig)

    @classmethod
    def make(
        cls,
        env_file: EnvFileOption,
        parameters: ParameterOption,
        from_stack: str | Iterable[str] | None,
        profile: str | None,
        layers: LayerOption = (),
        stack_name: str | None = None,
        sam_config: str | Path | None = None,
    ) -> "ValueSources":
        """From the options of `LocalCloud`. Raises `LocalCloudError`."""
        return cls(
            env_files=EnvFile.parse_all(env_file),
            parameters=parse_parameters(parameters),
            from_stacks=(from_stack,) if isinstance(from_stack, str) else tuple(from_stack or ()),
            profile=profile,
            layers=parse_layers(layers),
            stack_name=stack_name,
            sam_config=SamConfig.read(sam_config) if sam_config else SamConfig(),
        )


class AssemblyReader:
    """Reads assemblies of one app, each time with the same values."""

    def __init__(self, sources: ValueSources) -> None:
        self._sources = sources
        self._deployed: tuple[DeployedStack, ...] | None = None
        self.notes: tuple[str, ...] = ()  # of the last reading

    def read(self, folder: Path) -> Assembly:
        """Reads files, and the first time AWS: in a thread of its own. Raises `LocalCloudError`."""
        template = find_template(folder)
        if self._deployed is None:
            regions = {} if template else list_regions(folder)
            self._deployed = tuple(self._read_stacks(regions))
        config = self._sources.sam_config
        given = GivenValues(
            parameters={**config.parameters, **self._sources.parameters},
            deployed=self._deployed,
            region=config.region or find_region(self._sources.profile),
            layers=self._sources.layers,
        )
        if template:
            assembly = self._read_template(template, given)
        else:
            assembly = read_assembly(folder, given)
        check_names(self._sources.layers, assembly.functions)
        result = apply_env_files(
            self._sources.env_files,
            assembly.functions,
            lambda name: find_named(assembly.functions, name, "--env-file"),
        )
        self.notes = result.notes
        return replace(assembly, functions=result.functions)

    def _read_template(self, template: TemplateFile, given: GivenValues) -> Assembly:
        # Only here: an assembly is served without a parser of YAML.
        from streambda.local.templates.read_template import read_template

        deployed = self._sources.from_stacks
        name = self._sources.stack_name or self._sources.sam_config.stack_name
        if name is None and len(deployed) == 1:
            [name] = deployed
        elif name is not None and not STACK_NAME.fullmatch(name):
            raise AssemblyError(
                f"the stack's name is {name!r}, expected a letter, then letters, digits and "
                "hyphens, 128 at most"
            )
        stack = read_template(template.path, given, name, bundle_folder)
        if template.copies:
            stack = copy_code(stack, template.copies)
        return link_stacks([stack], given, str(template.path))

    def _read_stacks(self, regions: Mapping[str, str | None]) -> Iterable[DeployedStack]:
        """From the region that the app gives the stack, or all of its stacks."""
        stated = set(regions.values())
        common = stated.pop() if len(stated) == 1 else None
        for name in self._sources.from_stacks:
            region = regions.get(name) or common or region_or_default(self._sources.profile)
            yield read_deployed_stack(name, profile=self._sources.profile, region=region)


@functools.cache
def bundle_folder() -> Path:
    """Gone when this process ends, or with the next cloud if it was killed."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(temporary_folder("bundles-"))


def find_named(functions: Sequence[LocalFunction], name: str, option: str) -> LocalFunction:
    """By any of its names. Raises `LocalCloudError`, which names those that exist."""
    try:
        return calls.find_function(FunctionNames(functions), name)
    except LocalCloudError as error:
        known = ", ".join(one.name for one in functions) or "none"
        raise LocalCloudError(
            f"{option}: there is no function {name!r}, expected one of {known}"
        ) from error


def parse_parameters(options: ParameterOption) -> Mapping[str, str]:
    """Texts by NAME or STACK:NAME. Raises `LocalCloudError`."""
    if isinstance(options, Mapping):
        return {name: str(value) for name, value in options.items()}
    found: dict[str, str] = {}
    for option in (options,) if isinstance(options, str) else options or ():
        name, equals, value = option.partition("=")
        if not name or not equals:
            # Without the text: it may be a secret.
            raise LocalCloudError(f"--parameter {name}: expected NAME=VALUE or STACK:NAME=VALUE")
        found[name] = value
    return found


def list_unresolved(
    functions: Iterable[LocalFunction], before: Iterable[LocalFunction] = ()
) -> Iterator[tuple[str, str]]:
    """A function's name and a line for each of its gaps, without those that it had `before`."""
    known = {one.name: one.unresolved for one in before}
    for function in functions:
        for name, needs in function.unresolved.items():
            if known.get(function.name, {}).get(name) != needs:
                yield function.name, f"{name} is known only after deployment: it needs {needs}"
