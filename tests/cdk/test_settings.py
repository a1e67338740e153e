from collections.abc import Callable

import pytest

from stacks.settings import Settings
from stacks.streaming_stack import StreamingStack
from tests.cdk.conftest import MakeApp
from tests.support.templates import Template, only, resources


def test_nothing_needs_to_be_set(make_app: MakeApp) -> None:
    settings = Settings.of(make_app())

    assert (settings.stack_name, settings.stage_name) == ("Streambda", "prod")
    assert (settings.environment, settings.metrics, settings.tags) == (None, None, {})


@pytest.mark.slow
def test_names_and_tags_reach_the_template(make_app: MakeApp, layer_archive: object) -> None:
    app = make_app(
        stack_name="Words-dev",
        stage_name="dev",
        tags="team=search,cost-centre= 12",
        account="123456789012",
        region="eu-west-1",
    )
    stack = StreamingStack(app, "Streambda", layer_archive=layer_archive)  # type: ignore[arg-type]

    artifact = app.synth().get_stack_artifact(stack.artifact_id)
    template: Template = dict(artifact.template)
    assert artifact.stack_name == "Words-dev"
    assert dict(artifact.tags) == {"team": "search", "cost-centre": "12"}
    assert artifact.environment.name == "aws://123456789012/eu-west-1"
    assert only(template, "AWS::ApiGateway::Stage")["StageName"] == "dev"


def test_the_environment_stands_behind_the_context(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMBDA_STAGE_NAME", "dev")
    monkeypatch.setenv("STREAMBDA_ARCHITECTURE", "x86_64")

    settings = Settings.of(make_app(architecture="arm64"))

    assert settings.stage_name == "dev"
    assert settings.architecture.name == "arm64"


@pytest.mark.slow
def test_metrics_bring_a_dashboard_and_alarms(make_template: Callable[..., Template]) -> None:
    template = make_template(metrics="Words")

    functions = resources(template, "AWS::Lambda::Function").values()
    assert {it["Environment"]["Variables"]["STREAMBDA_METRICS"] for it in functions} == {"Words"}
    assert len(resources(template, "AWS::CloudWatch::Dashboard")) == 1
    assert len(resources(template, "AWS::CloudWatch::Alarm")) == 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("architecture", "mips", "is 'mips', expected 'arm64' or 'x86_64'"),
        ("function_url_auth", "iam", "is 'iam', expected 'AWS_IAM' or 'NONE'"),
        ("api_gateway_logs_role", "no", "is 'no', expected 'existing' or 'create'"),
        ("stack_name", "1st", "is '1st', expected letters, digits and -"),
        ("stage_name", "a b", "is 'a b', expected letters, digits, - and _"),
        ("account", "12", "is '12', expected 12 digits"),
        ("region", "Ireland", "is 'Ireland', expected a region such as 'eu-west-1'"),
        ("metrics", {"a": 1}, "is {'a': 1}, expected a string"),
        ("tags", "team", "has 'team', expected 'name=value,name=value'"),
        ("tags", "=x", "has '', expected 'name=value,name=value'"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    make_app: MakeApp, name: str, value: object, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"^context {name} ") as raised:
        Settings.of(make_app(**{name: value}))

    assert str(raised.value) == f"context {name} {expected}"
