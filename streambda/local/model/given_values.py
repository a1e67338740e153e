"""What a developer gives for a template's gaps: parameters, deployed stacks, a region. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.local.model.deployed_stack import DeployedStack


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenValues:
    """Args:
    parameters: By NAME, for every stack that has it, or STACK:NAME.
    deployed: Stacks that are deployed, and offer their values.
    region: That of stacks whose app names none; None for us-east-1.
    layers: Folders and zips in place of layers that only AWS has, by any name of theirs.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    deployed: tuple[DeployedStack, ...] = ()
    region: str | None = None
    layers: Mapping[str, Path] = field(default_factory=dict)
