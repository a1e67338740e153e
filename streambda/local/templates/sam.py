"""Translates SAM into CloudFormation with AWS's own aws-sam-translator.

AWS refuses a template as a whole. Here what is refused is a gap, and the others are translated: so
what the errors name is left out, and the rest is tried again.
"""

import copy
import logging
import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from streambda.local.model.errors import AssemblyError
from streambda.local.model.one_line import describe_error
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.includes import SAM, list_transforms
from streambda.missing_extra import explain_missing

PREFIX = "AWS::Serverless::"

# An error about one event of a function.
EVENT = re.compile(r"Event with id \[(?P<event>\w+)\]")
GLOBALS = "'Globals' section is invalid"
RESOURCE = re.compile(r"Resource with id \[\w+\] is invalid\. ?")
# Of an image that `sam build` has not built.
NO_IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/not-built:latest"

# At least one thing is left out each time.
MOST_TRIES = 500

Document = dict[str, Any]


def is_sam(document: Mapping[str, Any]) -> bool:
    return SAM in list_transforms(dict(document))


class SamTranslation:
    """Args: `parameters` are values by name; defaults are in the template."""

    def __init__(self, gaps: Gaps, parameters: Mapping[str, Any], region: str) -> None:
        self._gaps = gaps
        self._parameters = dict(parameters)
        self._region = region

    def translate(self, document: Document) -> Document:
        """Raises `AssemblyError` for what no resource can be blamed for."""
        document = self._prepare(document)
        for _ in range(MOST_TRIES):
            if not document["Resources"]:
                return document
            causes, translated = self._try(document)
            if translated is not None:
                return translated
            document = self._leave_out(document, causes)
        raise AssemblyError("the SAM template has too many errors")  # pragma: no cover

    def _prepare(self, document: Document) -> Document:
        resources = {}
        for logical_id, resource in document["Resources"].items():
            kind = resource.get("Type")
            properties = resource.get("Properties")
            location = properties.get("Location") if isinstance(properties, dict) else None
            if kind == f"{PREFIX}Application" and not isinstance(location, str):
                continue  # it would be looked up on AWS
            if kind == f"{PREFIX}Function" and isinstance(properties, dict):
                resource = {**resource, "Properties": add_image(properties)}
            resources[logical_id] = resource
        return {**document, "Resources": resources}

    def _try(self, document: Document) -> tuple[list[Exception], Document | None]:
        """What is wrong, or else the translation."""
        try:
            from samtranslator.model.exceptions import InvalidDocumentException
        except ImportError as error:
            raise AssemblyError(str(explain_missing(error, "streambda[sam]"))) from error
        try:
            return [], self._translate(document)
        except InvalidDocumentException as error:
            return list(error.causes), None
        except Exception as error:  # of a template that it has not expected
            return [error], None

    def _translate(self, document: Document) -> Document:
        # It warns of its own feature flags, once for each function.
        logging.getLogger("samtranslator").setLevel(logging.ERROR)
        from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator

        metrics = Metrics("ServerlessTransform", DummyMetricsPublisher())
        try:
            translator = Translator(
                None,
                Parser(),
                # In place of a session of boto3, which would read the developer's configuration.
                boto_session=SimpleNamespace(region_name=self._region),
                metrics=metrics,
            )
            translated: Document = translator.translate(
                copy.deepcopy(document),
                self._parameters,
                passthrough_metadata=True,
                get_managed_policy_map=dict,
            )
            return translated
        finally:
            metrics.publish()

    def _leave_out(self, document: Document, causes: list[Exception]) -> Document:
        resources = copy.deepcopy(document["Resources"])
        for cause in causes:
            logical_id = str(getattr(cause, "_logical_id", None))
            message = describe_cause(cause)
            event = EVENT.search(message)
            if logical_id not in resources:
                name = None if GLOBALS in message else self._find_culprit(document, message)
                if name is None:
                    raise AssemblyError(f"SAM cannot translate it: {message}") from cause
                self._gaps.add(name, RESOURCE.sub("", message))
                resources.pop(name, None)
            elif event and pop_event(resources[logical_id], event["event"]):
                self._gaps.add(logical_id, RESOURCE.sub("", message))
            else:
                self._gaps.add(logical_id, RESOURCE.sub("", message))
                del resources[logical_id]
        return {**document, "Resources": resources}

    def _find_culprit(self, document: Document, message: str) -> str | None:
        """The resource without which the rest does not have this error."""
        for logical_id in self._list_serverless(document):
            rest = {key: one for key, one in document["Resources"].items() if key != logical_id}
            causes = self._try({**document, "Resources": rest})[0] if rest else []
            if message not in map(describe_cause, causes):
                return logical_id
        return None

    def _list_serverless(self, document: Document) -> Iterator[str]:
        for logical_id, resource in document["Resources"].items():
            if str(resource.get("Type", "")).startswith(PREFIX):
                yield logical_id


def describe_cause(cause: Exception) -> str:
    return getattr(cause, "message", None) or describe_error(cause)


def add_image(properties: Document) -> Document:
    """An image has its address only after `sam build`, and the translation wants one."""
    if properties.get("PackageType") == "Image":
        return {**properties, "ImageUri": properties.get("ImageUri") or NO_IMAGE}
    return properties


def pop_event(resource: Document, event: str) -> bool:
    events = resource.get("Properties", {}).get("Events")
    return isinstance(events, dict) and events.pop(event, None) is not None
