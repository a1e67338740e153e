"""The templates of a stage as they will be deployed, with overrides and references of all kinds.

The properties of a construct show neither `add_property_override` nor what a reference to another
stack becomes. So the CDK writes each template once more, into a folder that is thrown away.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import cx_api
from constructs import IConstruct

# A template's value: JSON.
Value = Any


@dataclass(frozen=True, kw_only=True)
class StackTemplate:
    construct: cdk.Stack
    path: str  # of the construct
    name: str  # of the stack at AWS; "" where it is known only at deployment
    region: str | None  # None where it is known only at deployment
    account: str | None
    template: Mapping[str, Value]
    parent: tuple[str, str] | None  # of a nested stack: its parent's path, its logical id there

    def section(self, name: str) -> Mapping[str, Value]:
        """ "Resources", "Outputs" or "Parameters"; empty where there is none."""
        found = self.template.get(name)
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def constructs(self) -> dict[str, cdk.CfnResource]:
        """Logical id -> construct. It takes long: only for what has to be named."""
        return {
            logical_id(it)[1]: it
            for it in self.construct.node.find_all()
            if isinstance(it, cdk.CfnResource) and logical_id(it)[0] == self.path
        }


@dataclass(frozen=True, kw_only=True)
class Resource:
    stack: StackTemplate
    id: str  # its logical id
    type: str  # "AWS::Lambda::Url"
    properties: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.stack.path, self.id

    @property
    def construct(self) -> IConstruct:
        """The stack itself, where a template was included as text."""
        return self.stack.constructs.get(self.id, self.stack.construct)

    @property
    def name(self) -> str:
        construct = self.stack.constructs.get(self.id)
        return construct.node.path if construct else f"{self.stack.path}/{self.id}"


def logical_id(resource: cdk.CfnResource) -> tuple[str, str]:
    """The path of its stack, and its logical id there."""
    stack = cdk.Stack.of(resource)
    # Not get_logical_id, which does not know that the id was overridden.
    return stack.node.path, stack.resolve(resource.logical_id)


def read_templates(stage: cdk.Stage) -> list[StackTemplate]:
    """Those of all stacks of `stage`, nested stacks among them, but not of stages within it."""
    with tempfile.TemporaryDirectory() as folder:
        session = _Session(folder)
        return [
            _read_template(it, session)
            for it in stage.node.find_all()
            if isinstance(it, cdk.Stack) and _is_in(it, stage)
        ]


def _is_in(stack: cdk.Stack, stage: cdk.Stage) -> bool:
    own = cdk.Stage.of(stack)
    return own is not None and own.node.path == stage.node.path


def _read_template(stack: cdk.Stack, session: "_Session") -> StackTemplate:
    writer = _TemplateWriter()
    writer.bind(stack)
    writer.synthesize(session)  # type: ignore[arg-type]  # jsii reads its attributes only
    resource = stack.nested_stack_resource
    return StackTemplate(
        construct=stack,
        path=stack.node.path,
        name=_known(stack.stack_name) or "",
        region=_known(stack.region),
        account=_known(stack.account),
        template=json.loads(Path(session.outdir, stack.template_file).read_bytes()),
        parent=logical_id(resource) if resource is not None else None,
    )


def _known(value: str) -> str | None:
    return None if cdk.Token.is_unresolved(value) else value


class _TemplateWriter(cdk.StackSynthesizer):
    """Writes the template of a stack, and nothing else. The stack keeps its own synthesizer."""

    def add_file_asset(self, *args: Any, **options: Any) -> cdk.FileAssetLocation:
        raise NotImplementedError  # a stack asks its own synthesizer

    def add_docker_image_asset(self, *args: Any, **options: Any) -> cdk.DockerImageAssetLocation:
        raise NotImplementedError

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        self._synthesize_template(session)


@jsii.implements(cdk.ISynthesisSession)
class _Session:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._assembly = cx_api.CloudAssemblyBuilder(folder)

    @property
    def outdir(self) -> str:
        return self._folder

    @property
    def assembly(self) -> cx_api.CloudAssemblyBuilder:
        return self._assembly

    @property
    def validate_on_synth(self) -> bool:
        return False
