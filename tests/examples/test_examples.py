"""Every example is a complete app: it synthesises where it lies, and is well formed."""

import json

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.support.examples import synthesise_example
from tests.support.templates import ROOT, Template, only, resources, scrub_hashes

pytestmark = pytest.mark.slow

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/app.py"))


class Templates(dict[str, Template]):
    """Example -> template of its only stack, synthesised when it is asked for."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory

    def __missing__(self, name: str) -> Template:
        work = self._factory.mktemp(name)
        file = synthesise_example(ROOT / "examples" / name, work / "cdk.out", work)
        self[name] = json.loads(file.read_text())
        return self[name]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory)


def test_all_examples_are_listed_and_tell_how_to_run_them() -> None:
    index = (ROOT / "examples/README.md").read_text()

    names = [
        "chat", "cloudfront", "django", "fastapi", "flask", "mcp_server", "migrate_rest_api",
        "minimal",
    ]  # fmt: skip
    assert [it.name for it in EXAMPLES] == names
    for example in EXAMPLES:
        assert f"[{example.name}]({example.name})" in index
        assert 'streambda local --app "python app.py"' in (example / "README.md").read_text()


@pytest.mark.parametrize("name", [it.name for it in EXAMPLES])
def test_cfn_lint_finds_nothing(templates: dict[str, Template], name: str) -> None:
    # W3005: the CDK makes a function depend on its role, which it also refers to.
    config = ManualArgs(ignore_checks=["W3005"], regions=["us-east-1"])

    found = [str(match) for match in lint(json.dumps(templates[name]), config=config)]

    assert found == []


@pytest.mark.parametrize("name", [it.name for it in EXAMPLES])
def test_the_template_is_the_one_that_was_reviewed(
    templates: dict[str, Template], name: str, snapshot: SnapshotAssertion
) -> None:
    assert scrub_hashes(templates[name]) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", ["minimal", "fastapi", "flask", "django"])
def test_it_is_one_function_and_its_url(templates: dict[str, Template], name: str) -> None:
    template = templates[name]

    assert only(template, "AWS::Lambda::Url")["InvokeMode"] == "RESPONSE_STREAM"
    assert only(template, "AWS::Lambda::Function")["Runtime"] == "provided.al2023"


def test_the_migrated_api_buffers_one_route_and_streams_the_other(
    templates: dict[str, Template],
) -> None:
    template = templates["migrate_rest_api"]

    methods = resources(template, "AWS::ApiGateway::Method").values()
    modes = sorted(it["Integration"].get("ResponseTransferMode", "BUFFERED") for it in methods)
    runtimes = sorted(it["Runtime"] for it in resources(template, "AWS::Lambda::Function").values())
    assert modes == ["BUFFERED", "STREAM"]
    assert runtimes == ["provided.al2023", "python3.13"]


def test_cloudfront_serves_the_page_and_passes_all_else_on(
    templates: dict[str, Template],
) -> None:
    [distribution] = resources(templates["cloudfront"], "AWS::CloudFront::Distribution").values()

    configuration = distribution["DistributionConfig"]
    assert [it["PathPattern"] for it in configuration["CacheBehaviors"]] == ["/index.html"]
    assert configuration["DefaultCacheBehavior"]["Compress"] is False
