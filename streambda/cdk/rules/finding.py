"""What a rule reports about a construct, and how it becomes an error of the synthesis."""

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from constructs import IConstruct


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    construct: IConstruct
    rule: str  # "cache"; `streambda:cache` for the CDK
    message: str  # what is wrong, why, and what to write instead

    @property
    def id(self) -> str:
        return f"streambda:{self.rule}"


def report(finding: Finding) -> None:
    """Make it an error of the synthesis, unless the app acknowledged it.

    The CDK lets an app acknowledge the findings of policies, but not annotations. With this, both
    are acknowledged in the same way.
    """
    if finding.id not in _acknowledged(finding.construct):
        cdk.Validations.of(finding.construct).add_error(finding.id, finding.message)


def _acknowledged(construct: IConstruct) -> Iterator[str]:
    for scope in construct.node.scopes:
        for entry in scope.node.metadata:
            if entry.type == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                # The CDK puts a prefix before an id that comes from an annotation.
                yield from (id.removeprefix("Annotation::") for id in entry.data)
