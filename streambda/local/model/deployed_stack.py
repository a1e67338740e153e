"""What CloudFormation tells of a stack that is deployed. No I/O.

`values/deployed_stacks.py` reads it, and `assembly` takes values from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streambda.local.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedResource:
    """The resource of a logical id on AWS."""

    type: str  # "AWS::S3::Bucket"
    physical_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """Args:
    outputs: By their logical ids.
    parameters: With values that came from Systems Manager, without those that are secret.
    resources: By logical id.
    nested_outputs: The outputs of its nested stacks, by "LOGICAL_ID.Outputs.NAME".
    exports: Of all stacks in its region, by name.
    """

    name: str
    stack_id: str
    place: Place
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, DeployedResource] = field(default_factory=dict)
    nested_outputs: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
