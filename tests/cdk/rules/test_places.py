"""Every rule finds its culprit wherever that is: in each kind of stack, and written in each way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp
from tests.support import culprits
from tests.support.culprits import APIS, EXPECTED, GOOD_API, Resources
from tests.support.rule_findings import find_all

ACCOUNT = "123456789012"
MakeWords = Callable[..., StreamingFunction]
# Makes resources in a stack, in one of the ways that the CDK has for it.
Add = Callable[[cdk.Stack, Resources], None]


@pytest.fixture
def make_words(make_app: MakeApp, layer_archive: Path, entry: Path) -> MakeWords:
    """A streaming function in the stack "Words" of a new app, or of a stage there."""

    def make(
        region: str = "eu-west-1", *, in_stage: bool = False, **context: Any
    ) -> StreamingFunction:
        app = make_app(**context)
        scope = cdk.Stage(app, "Prod") if in_stage else app
        stack = make_stack(scope, "Words", region)
        PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
        return StreamingFunction(
            stack, "Hello", entry=entry, handler="app.handler", function_name="hello"
        )

    return make


def make_stack(scope: Any, id: str, region: str) -> cdk.Stack:
    env = cdk.Environment(account=ACCOUNT, region=region)
    return cdk.Stack(scope, id, env=env, cross_region_references=True)


def app_of(function: StreamingFunction) -> cdk.App:
    app = function.node.root
    assert isinstance(app, cdk.App)
    return app


def rules_of(app: cdk.App) -> dict[str, set[str]]:
    """Rule -> the ids of the resources that it found."""
    rules: dict[str, set[str]] = {}
    for found in find_all(app):
        rules.setdefault(found.rule, set()).add(found.construct.rpartition("/")[2])
    return rules


def raw(stack: cdk.Stack, resources: Resources) -> None:
    for id, it in resources.items():
        cdk.CfnResource(stack, id, type=it["Type"], properties=it["Properties"])


def overridden(stack: cdk.Stack, resources: Resources) -> None:
    for id, it in resources.items():
        resource = cdk.CfnResource(stack, id, type=it["Type"])
        for name, value in it["Properties"].items():
            resource.add_property_override(name, value)


def included(stack: cdk.Stack, resources: Resources) -> None:
    """As a template with parameters, which the app replaces by what it has."""
    given: dict[str, str] = {}

    def without_tokens(value: Any) -> Any:
        if isinstance(value, str) and cdk.Token.is_unresolved(value):
            given.setdefault(value, f"Given{len(given)}")
            return {"Ref": given[value]}
        if isinstance(value, dict):
            return {key: without_tokens(it) for key, it in value.items()}
        return [without_tokens(it) for it in value] if isinstance(value, list) else value

    template = {"Resources": without_tokens(resources)}
    template["Parameters"] = {name: {"Type": "String"} for name in given.values()}
    file = Path(app_outdir(stack), f"{stack.node.addr}.json")
    file.write_text(json.dumps(template), "utf-8")
    parameters = {name: token for token, name in given.items()}
    CfnInclude(stack, "Include", template_file=str(file), parameters=parameters)


def app_outdir(scope: Construct) -> str:
    app = scope.node.root
    assert isinstance(app, cdk.App)
    return app.outdir


WAYS = pytest.mark.parametrize("add", [raw, overridden, included])


def same_stack(words: StreamingFunction) -> cdk.Stack:
    return cdk.Stack.of(words)


def other_stack(words: StreamingFunction) -> cdk.Stack:
    stack = cdk.Stack.of(words)
    return make_stack(stack.node.scope, "Other", stack.region)


def nested_stack(words: StreamingFunction) -> cdk.Stack:
    return cdk.NestedStack(cdk.Stack.of(words), "Nested")


def nested_in_other_stack(words: StreamingFunction) -> cdk.Stack:
    return cdk.NestedStack(other_stack(words), "Nested")


PLACES: list[tuple[Callable[..., cdk.Stack], bool]] = [
    (same_stack, False),
    (other_stack, False),
    (nested_stack, False),
    (nested_in_other_stack, False),
    (other_stack, True),
    (nested_stack, True),
]


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize(("place", "in_stage"), PLACES)
def test_every_rule_finds_its_culprit(
    make_words: MakeWords, add: Add, place: Callable[..., cdk.Stack], in_stage: bool
) -> None:
    words = make_words(culprits.REGION_WITHOUT_URLS, in_stage=in_stage)
    assert words.role is not None

    add(place(words), culprits.all_culprits(words.function_arn, words.role.role_name))

    assert rules_of(app_of(words)) == EXPECTED


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("place", [same_stack, other_stack, nested_stack])
def test_nothing_is_found_where_nothing_is_wrong(
    make_words: MakeWords, add: Add, place: Callable[..., cdk.Stack]
) -> None:
    words = make_words()

    add(place(words), culprits.all_good(words.function_arn))

    assert rules_of(app_of(words)) == {}


@pytest.mark.parametrize("strength", ["strong", "weak"])
def test_references_between_stacks_may_be_exports_or_outputs(
    make_words: MakeWords, strength: str
) -> None:
    words = make_words(**{"@aws-cdk/core:defaultCrossStackReferences": strength})

    raw(other_stack(words), culprits.buffered_url(words.function_arn))

    assert rules_of(app_of(words)) == {"buffered-url": {"BufferedUrl"}}


def test_the_function_of_another_stack_is_not_taken_for_ours(make_words: MakeWords) -> None:
    """Its logical id is the same in both stacks."""
    words = make_words()
    twin = make_stack(app_of(words), "Twin", "eu-west-1")
    needed = {
        "Code": {"ZipFile": "#"},
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/hello",
        "Runtime": "python3.13",
    }
    plain = cdk.CfnResource(twin, "Hello", type="AWS::Lambda::Function", properties=needed)
    plain.override_logical_id(words.stack.resolve(logical_id_of(words)))
    raw(other_stack(words), culprits.buffered_url(plain.get_att("Arn").to_string()))

    assert rules_of(app_of(words)) == {}


def logical_id_of(function: StreamingFunction) -> str:
    resource = function.function.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return resource.logical_id


def inline(scope: Construct, document: dict[str, Any]) -> apigw.ApiDefinition:
    return apigw.ApiDefinition.from_inline(document)


def asset(scope: Construct, document: dict[str, Any]) -> apigw.ApiDefinition:
    return apigw.ApiDefinition.from_asset(write(scope, json.dumps(document), ".json"))


def yaml_asset(scope: Construct, document: dict[str, Any]) -> apigw.ApiDefinition:
    return apigw.ApiDefinition.from_asset(write(scope, yaml.safe_dump(document), ".yaml"))


def included_at_deployment(scope: Construct, document: dict[str, Any]) -> apigw.ApiDefinition:
    """By CloudFormation, which also replaces its own functions in the file."""
    file = assets.Asset(scope, "Document", path=write(scope, yaml.safe_dump(document), ".yml"))
    location = {"Location": file.s3_object_url}
    return apigw.ApiDefinition.from_inline(
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": location}}
    )


def write(scope: Construct, text: str, suffix: str) -> str:
    file = Path(app_outdir(scope), f"{scope.node.addr}{suffix}")
    # In the way in which people write it.
    file.write_text(text.replace("Fn::Sub: ", "!Sub "), "utf-8")
    return str(file)


ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:hello"


@pytest.mark.slow
@pytest.mark.parametrize("define", [inline, asset, yaml_asset, included_at_deployment])
def test_an_openapi_document_is_read(
    make_words: MakeWords, define: Callable[..., apigw.ApiDefinition]
) -> None:
    words = make_words()
    stack = other_stack(words)
    # What is a file cannot have tokens of the CDK: it names the function by its ARN.
    arn = words.function_arn if define is inline else ARN
    apis = {rule: api for rule, api in APIS.items() if rule != "cache"}

    for id, api in {**apis, "good": GOOD_API}.items():
        scope = Construct(stack, id)
        apigw.SpecRestApi(
            scope,
            "Spec",
            api_definition=define(scope, api.document(arn)),
            endpoint_types=[apigw.EndpointType[api.endpoint]],
        )

    found = find_all(app_of(words))
    assert {(it.rule, it.construct) for it in found} == {
        (rule, f"Other/{rule}/Spec/Resource") for rule in apis
    }


def test_a_method_of_a_document_is_named(make_words: MakeWords) -> None:
    words = make_words()
    document = APIS["buffered-integration"].document(words.function_arn)
    apigw.SpecRestApi(
        cdk.Stack.of(words),
        "Spec",
        api_definition=apigw.ApiDefinition.from_inline(document),
        endpoint_types=[apigw.EndpointType.REGIONAL],
    )

    [found] = find_all(app_of(words))

    assert found.message.startswith("method GET /words of REST API Words/Spec/Resource buffers:")


@pytest.mark.slow
def test_a_document_that_names_the_function_by_its_logical_id(make_words: MakeWords) -> None:
    words = make_words()
    stack = cdk.Stack.of(words)
    logical_id = stack.resolve(logical_id_of(words))
    document = APIS["buffered-integration"].document({"Fn::Sub": f"${{{logical_id}.Arn}}"})

    apigw.SpecRestApi(
        stack,
        "Spec",
        api_definition=included_at_deployment(stack, document),
        endpoint_types=[apigw.EndpointType.REGIONAL],
    )

    assert rules_of(app_of(words)) == {"buffered-integration": {"Resource"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["{", "- a\n- b", "paths: [1]", "paths: {/: {get: 1, 2: {}}}", "a: &a [*b"]
)
def test_a_document_that_is_none_is_left_to_api_gateway(make_words: MakeWords, text: str) -> None:
    words = make_words()
    stack = cdk.Stack.of(words)
    definition = apigw.ApiDefinition.from_asset(write(stack, text, ".yaml"))
    apigw.SpecRestApi(stack, "Spec", api_definition=definition)

    assert rules_of(app_of(words)) == {}


@pytest.mark.slow
def test_the_cache_of_a_document_s_stage_is_seen(make_words: MakeWords) -> None:
    words = make_words()
    apigw.SpecRestApi(
        cdk.Stack.of(words),
        "Spec",
        api_definition=apigw.ApiDefinition.from_inline(GOOD_API.document(words.function_arn)),
        endpoint_types=[apigw.EndpointType.REGIONAL],
        deploy_options=apigw.StageOptions(cache_cluster_enabled=True),
    )

    assert rules_of(app_of(words)) == {"cache": {"Resource"}}


@pytest.mark.slow
def test_an_http_api_of_a_document_is_seen(make_words: MakeWords) -> None:
    words = make_words()
    document = GOOD_API.document(words.function_arn)
    raw(other_stack(words), {"Http": culprits.resource("ApiGatewayV2::Api", Body=document)})

    assert rules_of(app_of(words)) == {"http-api": {"Http"}}


# By ARN, as in an account whose functions other teams use.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("arn", "is_found"),
    [
        (ARN, True),
        ("hello", True),
        ({"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:hello"}, True),
        (ARN.replace("eu-west-1", "eu-west-2"), False),
        (ARN.replace(ACCOUNT, "210987654321"), False),
        (f"{ARN}s", False),
    ],
)
def test_a_function_is_known_by_its_arn(make_words: MakeWords, arn: Any, is_found: bool) -> None:
    words = make_words()
    raw(other_stack(words), culprits.buffered_url(arn))

    assert rules_of(app_of(words)) == ({"buffered-url": {"BufferedUrl"}} if is_found else {})


@pytest.mark.slow
@pytest.mark.parametrize("is_acknowledged", [False, True])
def test_a_stage_of_others_may_name_the_function_of_a_stage(
    make_words: MakeWords, is_acknowledged: bool
) -> None:
    words = make_words(in_stage=True)
    gateway = make_stack(cdk.Stage(app_of(words), "Gateway"), "Api", "eu-west-1")
    raw(gateway, culprits.buffered_url(ARN))
    if is_acknowledged:
        known = cdk.Acknowledgment(id="streambda:buffered-url", reason="a test")
        cdk.Validations.of(gateway).acknowledge(known)
        assert rules_of(app_of(words)) == {}
    else:
        with pytest.raises(RuntimeError, match=r"Gateway/Api/BufferedUrl buffers: .*buffered-url"):
            app_of(words).synth()


@pytest.mark.slow
def test_an_arn_in_a_parameter_of_systems_manager_is_followed(make_words: MakeWords) -> None:
    words = make_words()
    ssm.StringParameter(
        cdk.Stack.of(words), "Arn", parameter_name="/hello/arn", string_value=words.function_arn
    )
    other = other_stack(words)
    arn = ssm.StringParameter.value_for_string_parameter(other, "/hello/arn")
    raw(other, culprits.buffered_url(arn))

    assert rules_of(app_of(words)) == {"buffered-url": {"BufferedUrl"}}


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("strength", ["strong", "weak"])
def test_what_lambda_keeps_beside_the_function_is_refused_in_another_region(
    make_words: MakeWords, add: Add, strength: str
) -> None:
    words = make_words(**{"@aws-cdk/core:defaultCrossStackReferences": strength})
    permission = culprits.resource(
        "Lambda::Permission",
        Action="lambda:InvokeFunctionUrl",
        Principal="cloudfront.amazonaws.com",
        FunctionName=words.function_arn,
    )

    add(make_stack(app_of(words), "Edge", "us-east-1"), {"Permission": permission})

    [found] = find_all(app_of(words))
    assert found.rule == "other-place"
    assert "is in us-east-1, not in eu-west-1, as its function Words/Hello" in found.message
