"""Stacks and templates. The first synthesis of a process takes seconds, the others a fraction."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from stacks.streaming_stack import StreamingStack
from streambda.cdk import PythonLayer, StreamingFunction
from tests.support.templates import ROOT, Template, template_of

MakeFunction = Callable[..., StreamingFunction]
MakeApp = Callable[..., cdk.App]


@pytest.fixture(scope="session")
def layer_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stands in for the real layer, which takes minutes and a network to build."""
    path = tmp_path_factory.mktemp("layer") / "python.zip"
    with zipfile.ZipFile(path, "w") as archive:
        # A fixed time: the snapshot and the asset's hash must not depend on today.
        archive.writestr(zipfile.ZipInfo("python-rt/bin/python3"), "#!/bin/sh\n")
    return path


@pytest.fixture(scope="session")
def make_app(tmp_path_factory: pytest.TempPathFactory) -> MakeApp:
    """An app with the feature flags of cdk.json, as the CDK CLI would start it."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]

    def make(**context: object) -> cdk.App:
        outdir = tmp_path_factory.mktemp("cdk.out")
        return cdk.App(context={**flags, **context}, outdir=str(outdir))

    return make


@pytest.fixture(scope="session")
def make_template(make_app: MakeApp, layer_archive: Path) -> Callable[..., Template]:
    def make(**context: object) -> Template:
        return template_of(
            StreamingStack(make_app(**context), "Streambda", layer_archive=layer_archive)
        )

    return make


@pytest.fixture(scope="session")
def template(make_template: Callable[..., Template]) -> Template:
    """What `cdk deploy` deploys when nothing is set."""
    return make_template()


@pytest.fixture
def stack(make_app: MakeApp, layer_archive: Path) -> cdk.Stack:
    """An empty stack, but for the layer that its arm64 functions find."""
    stack = cdk.Stack(make_app(), "Test")
    PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
    return stack


@pytest.fixture
def make_function(stack: cdk.Stack, entry: Path) -> MakeFunction:
    def make(id: str = "Hello", **options: object) -> StreamingFunction:
        defaults: dict[str, object] = {"entry": entry, "handler": "app.handler"}
        return StreamingFunction(stack, id, **{**defaults, **options})  # type: ignore[arg-type]

    return make
