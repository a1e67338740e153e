"""What a rule reports about a construct, and how it becomes an error of the synthesis."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from constructs import IConstruct

# With this flag the CDK itself shows annotations when an app is run without its CLI.
_REPORT_FLAG = "@aws-cdk/core:annotationsInValidationReport"
_CLI_VERSION = "CDK_CLI_VERSION"  # which the CLI sets for the apps that it starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    construct: IConstruct
    rule: str  # "cache"; `streambda:cache` for the CDK
    message: str  # what is wrong, why, and what to write instead
    is_warning: bool = False

    @property
    def id(self) -> str:
        return f"streambda:{self.rule}"


def report(finding: Finding) -> None:
    """Make it an error or a warning of the synthesis.

    The exit status is the CDK's: its CLI ends with 1 for an error, a plain `python app.py` only
    with its flag `annotationsInValidationReport`. Without that flag the CDK would show nothing
    there: the finding is then one line on stderr.
    """
    validations = cdk.Validations.of(finding.construct)
    if finding.is_warning:
        validations.add_warning(finding.id, finding.message)
    else:
        validations.add_error(finding.id, finding.message)
    if not _is_shown_by_cdk(finding.construct):
        kind = "warning" if finding.is_warning else "error"
        sys.stderr.write(f"streambda: {kind}: {finding.message} ({finding.id})\n")


def is_acknowledged(finding: Finding) -> bool:
    """Whether the app has acknowledged it.

    The CDK lets an app acknowledge the findings of policies, but not annotations. With this, both
    are acknowledged in the same way.
    """
    return finding.id in _acknowledged(finding.construct)


def _acknowledged(construct: IConstruct) -> Iterator[str]:
    for scope in construct.node.scopes:
        for entry in scope.node.metadata:
            if entry.type == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                # The CDK puts a prefix before an id that comes from an annotation.
                yield from (id.removeprefix("Annotation::") for id in entry.data)


def _is_shown_by_cdk(construct: IConstruct) -> bool:
    return _CLI_VERSION in os.environ or construct.node.try_get_context(_REPORT_FLAG) in (
        True,
        "true",
    )
