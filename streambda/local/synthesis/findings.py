"""What an app's own checks have found: what `cdk synth` shows, and what it refuses.

An assembly holds annotations as metadata of its constructs, and what policies and rules have found
as a validation report. Where the CDK puts annotations into the report too, they are in both.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streambda.local.model.findings import Finding, FindingLevel

MANIFEST = "manifest.json"
# The second is its name in earlier versions of the CDK.
REPORTS = ("validation-report.json", "policy-validation-report.json")

LEVELS = {"aws:cdk:warning": FindingLevel.WARNING, "aws:cdk:error": FindingLevel.ERROR}
# "[ack: id]" at the end of an annotation that has an id.
ACKNOWLEDGE = re.compile(r"\s*\[ack: (?P<rule>[^\]]*)\]$")
# Before the rule of an annotation, in a report.
PREFIX = "Annotation::"
# A report's severities that do not refuse an app; what has no severity does.
WEAK = frozenset({"warning", "info", "low", "medium"})


def read_findings(folder: Path, *, only_reports: bool = False) -> tuple[Finding, ...]:
    """Errors first, each once. Nothing where a file is not as expected: who reads that says so.

    `only_reports`: without metadata, which may be of a synthesis before.
    """
    metadata = () if only_reports else _read_metadata(folder)
    found = dict.fromkeys((*metadata, *_read_reports(folder)))
    texts: dict[tuple[str, str], Finding] = {}
    for finding in sorted(found, key=lambda one: not one.is_error):
        texts.setdefault((finding.path, finding.message), finding)
    return tuple(texts.values())


def _read_metadata(folder: Path) -> Iterator[Finding]:
    artifacts = _read_object(folder / MANIFEST).get("artifacts")
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        properties = artifact.get("properties") or {}
        yield from _list_entries(artifact.get("metadata") or {})
        if name := artifact.get("additionalMetadataFile"):
            yield from _list_entries(_read_object(folder / name))
        if artifact.get("type") == "cdk:cloud-assembly" and properties.get("directoryName"):
            yield from _read_metadata(folder / properties["directoryName"])


def _list_entries(metadata: Mapping[str, Any]) -> Iterator[Finding]:
    for path, entries in metadata.items():
        for entry in entries:
            level, data = LEVELS.get(entry.get("type")), entry.get("data")
            if level and isinstance(data, str):
                match = ACKNOWLEDGE.search(data)
                yield _make(level, path, ACKNOWLEDGE.sub("", data), match["rule"] if match else "")


def _read_reports(folder: Path) -> Iterator[Finding]:
    for name in REPORTS:
        plugins = _read_object(folder / name).get("pluginReports")
        for plugin in plugins if isinstance(plugins, list) else ():
            for violation in plugin.get("violations") or ():
                yield from _list_violations(violation)


def _list_violations(violation: Mapping[str, Any]) -> Iterator[Finding]:
    severity = str(violation.get("severity") or "error").lower()
    level = FindingLevel.WARNING if severity in WEAK else FindingLevel.ERROR
    rule = str(violation.get("ruleName") or "").removeprefix(PREFIX)
    message = str(violation.get("description") or rule)
    if fix := violation.get("fix"):
        message = f"{message}: {fix}"
    constructs: list[Mapping[str, Any]] = violation.get("violatingConstructs") or [{}]
    for construct in constructs:
        yield _make(level, str(construct.get("constructPath") or ""), message, rule)


def _make(level: FindingLevel, path: str, message: str, rule: str) -> Finding:
    return Finding(level=level, path=path.strip("/"), message=" ".join(message.split()), rule=rule)


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
