"""HTTP APIs as the CDK and plain CloudFormation write them, and what of them is not served."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.assembly import Assembly
from streambda.local.model.functions import Cors
from streambda.local.model.http_apis import HttpApi, HttpAuthorizer, HttpRoute, RouteAuth
from streambda.local.model.http_apis import RouteAuthKind as Kind
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import LambdaIntegration, Stage
from tests.support.local_assembly import function, write_assembly
from tests.support.sam_templates import gaps, read, write_template

WORDS = {"Fn::GetAtt": ["Words", "Arn"]}
INVOKE = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"


def of_http(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::ApiGatewayV2::{kind}",
        "Properties": {"ApiId": {"Ref": "Http"}, **properties},
    }


def http_api(**properties: Any) -> dict[str, Any]:
    """An API of the CDK, whose integration has these properties."""
    target = {"Fn::Join": ["", ["integrations/", {"Ref": "Calls"}]]}
    given = {"IntegrationType": "AWS_PROXY", "IntegrationUri": WORDS, **properties}
    return {
        "Words": function(FunctionName="Words"),
        "Http": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "http",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {"AllowOrigins": ["*"]},
            },
        },
        "Default": of_http("Stage", StageName="$default", StageVariables={"a": "b"}),
        "Calls": of_http("Integration", PayloadFormatVersion="2.0", **given),
        "Decides": of_http(
            "Authorizer",
            AuthorizerType="REQUEST",
            AuthorizerUri={"Fn::Sub": f"{INVOKE}/${{Words.Arn}}/invocations"},
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            AuthorizerResultTtlInSeconds=60,
            IdentitySource=["$request.header.X", "$context.path"],
        ),
        "All": of_http("Route", RouteKey="ANY /{proxy+}", Target=target),
        "Some": of_http(
            "Route",
            RouteKey="GET /words",
            Target=target,
            AuthorizationType="CUSTOM",
            AuthorizerId={"Ref": "Decides"},
        ),
    }


def read_http(folder: Path, resources: dict[str, Any]) -> Assembly:
    return read_assembly(write_assembly(folder, resources))


def test_an_api_of_the_cdk(tmp_path: Path) -> None:
    assembly = read_http(tmp_path, http_api())

    integration = LambdaIntegration(
        function_name="Words", streaming=False, invokes_stream=False, timeout_s=30
    )
    decides = HttpAuthorizer(
        id="Decides",
        identity_sources=("$request.header.X", "$context.path"),
        function_name="arn:aws:lambda:us-east-1:123456789012:function:Words",
        payload="2.0",
        simple=True,
        ttl_s=60,
    )
    assert assembly.http_apis == (
        HttpApi(
            name="http",
            logical_id="Http",
            stages=(Stage(name="$default", variables={"a": "b"}),),
            routes=(
                HttpRoute(key="ANY /{proxy+}", integration=integration),
                HttpRoute(
                    key="GET /words",
                    integration=integration,
                    auth=RouteAuth(kind=Kind.LAMBDA, authorizer=decides),
                ),
            ),
            cors=Cors(allow_origins=("*",)),
            stack="Stack",
            place=assembly.http_apis[0].place,
        ),
    )
    # The function could stream: it is told that this API does not.
    [note] = assembly.unsupported
    assert (note.type, note.name) == ("AWS::ApiGatewayV2::Api", "http")
    assert note.reason.endswith("as on AWS: an HTTP API cannot stream")


def test_routes_that_call_a_url(tmp_path: Path) -> None:
    quick = {"ProtocolType": "HTTP", "Target": "https://a.example/"}
    resources = http_api(
        IntegrationType="HTTP_PROXY",
        IntegrationUri="https://${stageVariables.a}/{proxy}",
        IntegrationMethod="POST",
        TimeoutInMillis=1500,
    ) | {"Quick": {"Type": "AWS::ApiGatewayV2::Api", "Properties": quick}}

    api, quick_api = read_http(tmp_path, resources).http_apis

    assert {route.integration for route in api.routes} == {
        HttpIntegration(
            uri="https://${stageVariables.a}/{proxy}",
            method="POST",
            parameters=(("path.proxy", "method.request.path.proxy"),),
            timeout_s=1.5,
        )
    }
    [route] = quick_api.routes
    assert route.integration == HttpIntegration(uri="https://a.example/", timeout_s=30)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            {
                "IntegrationType": "HTTP_PROXY",
                "IntegrationUri": "https://a.example/",
                "ConnectionType": "VPC_LINK",
            },
            "its integration (HTTP_PROXY) calls https://a.example/ through a VPC link, which",
        ),
        (
            {
                "IntegrationType": "HTTP_PROXY",
                "IntegrationUri": "https://a.example/",
                "ResponseParameters": {"200": {}},
            },
            "its integration (HTTP_PROXY) maps ResponseParameters, which are not read here",
        ),
        (
            {
                "IntegrationType": "HTTP_PROXY",
                "IntegrationUri": "https://Stack-Gone.lambda-url.us-east-1.on.aws/",
            },
            "known only after deployment: it needs Gone.FunctionUrl, which has no address here",
        ),
        ({"IntegrationSubtype": "SQS-SendMessage"}, "calls SQS-SendMessage, which is not"),
        (
            {"IntegrationUri": f"{INVOKE}/arn:aws:lambda:us-east-1:1:function:No/invocations"},
            "its function No is not in this app",
        ),
    ],
)
def test_what_is_not_served_and_why(
    properties: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assembly = read_http(tmp_path, http_api(**properties))

    found = {one.name: one for one in assembly.unsupported}
    assert assembly.http_apis == ()
    route = found["http GET /words"]
    assert (route.type, reason in route.reason) == ("AWS::ApiGatewayV2::Route", True)
    assert "or invoke its functions" in found["Http"].reason


def test_a_web_socket_api_is_no_endpoint(tmp_path: Path) -> None:
    resources = http_api()
    resources["Http"]["Properties"]["ProtocolType"] = "WEBSOCKET"

    assembly = read_http(tmp_path, resources)

    assert assembly.http_apis == ()
    assert [one.name for one in assembly.unsupported] == ["Http"]


ODD = """
Resources:
  Http:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: http, ProtocolType: HTTP}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: KEY, AuthorizationType: KIND}
"""


@pytest.mark.parametrize(
    ("key", "kind", "expected"),
    [
        (
            "words",
            "NONE",
            "RouteKey is 'words', expected a method and a path such as GET /words, or $default",
        ),
        (
            "GET /words",
            "BASIC",
            "AuthorizationType is 'BASIC', expected NONE, AWS_IAM, JWT, CUSTOM",
        ),
    ],
)
def test_what_is_wrong_is_one_line(key: str, kind: str, expected: str, tmp_path: Path) -> None:
    template = ODD.replace("KEY", key).replace("KIND", kind)

    assembly = read(write_template(tmp_path, template))

    assert any(expected in str(one) for one in gaps(assembly))
    assert assembly.http_apis == ()


PARTS = """
Resources:
  Words:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Role: r, Code: {ZipFile: ""}}
  Http:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: http, ProtocolType: HTTP}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Http, StageName: $default}
  Calls:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Http, IntegrationUri: !GetAtt Words.Arn, PayloadFormatVersion: "2.0"}
  Hasty:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Http, IntegrationUri: !GetAtt Words.Arn, TimeoutInMillis: 0}
  Slow:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Http
      IntegrationType: HTTP_PROXY
      IntegrationUri: https://a.example
      TimeoutInMillis: long
  Odd:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Http, IntegrationUri: !GetAtt Words.Arn, PayloadFormatVersion: 3.0}
  Right:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Http
      RouteKey: GET /right
      Target: !Sub integrations/${Calls}
      AuthorizationScopes: read
  Lists:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: [GET /x], Target: !Sub "integrations/${Calls}"}
  Lost:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: GET /lost, Target: integrations/Hasty}
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET}
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Chat, RouteKey: $connect}
"""


def test_a_wrong_part_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    assembly = read(write_template(tmp_path, PARTS))

    [api] = assembly.http_apis
    [right] = [one for one in api.routes if isinstance(one.integration, LambdaIntegration)]
    assert (right.key, right.auth.scopes) == ("GET /right", frozenset({"read"}))
    found = {one.name: one.reason for one in assembly.unsupported}
    assert found.keys() == {"Hasty", "Slow", "Odd", "Lists", "http GET /lost", "Chat"}
    assert found["Hasty"] == "TimeoutInMillis is 0, expected 50 to 30000"
    assert found["Slow"] == "TimeoutInMillis is 'long', expected 50 to 30000"
    assert found["Odd"] == "PayloadFormatVersion is '3.0', expected 1.0 or 2.0"
    assert found["Lists"].startswith("RouteKey is ['GET /x'], expected a method and a path")
    assert "Target is integrations/Hasty, expected an integration" in found["http GET /lost"]
