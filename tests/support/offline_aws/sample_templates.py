"""Small templates written by hand, with every supported type of resource."""

from typing import Any

from tests.support.offline_aws.server import ACCOUNT, REGION

Resources = dict[str, dict[str, Any]]

STREAMING_URI = (
    f"arn:aws:apigateway:{REGION}:lambda:path/2021-11-15/functions/"
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:streams/response-streaming-invocations"
)
LAMBDA_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


CODE = {"S3Bucket": "code", "S3Key": "one.zip"}

LAYER: Resources = {"Layer": resource("Lambda::LayerVersion", Content=CODE)}

FUNCTION: Resources = {
    # Before the function that it needs: a template may have any order.
    "Url": resource(
        "Lambda::Url",
        TargetFunctionArn=arn("Function"),
        AuthType="NONE",
        InvokeMode="RESPONSE_STREAM",
    ),
    "Function": resource(
        "Lambda::Function",
        FunctionName="streams",
        Code=CODE,
        Handler="app.handler",
        Runtime="provided.al2023",
        MemorySize=512,
        Role=arn("Role"),
        Layers=[ref("Layer")],
    ),
    "Role": resource("IAM::Role", AssumeRolePolicyDocument=LAMBDA_MAY_ASSUME),
}

API: Resources = {
    "Api": resource("ApiGateway::RestApi", Name="Api", EndpointConfiguration={"Types": ["EDGE"]}),
    "Path": resource(
        "ApiGateway::Resource",
        RestApiId=ref("Api"),
        ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
        PathPart="words",
    ),
}

METHOD: Resources = {
    "Method": resource(
        "ApiGateway::Method",
        RestApiId=ref("Api"),
        ResourceId=ref("Path"),
        HttpMethod="GET",
        Integration={
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "POST",
            "ResponseTransferMode": "STREAM",
            "TimeoutInMillis": 900_000,
            "Uri": STREAMING_URI,
        },
    )
}

PARTS: Resources = {
    "Version": resource("Lambda::Version", FunctionName=ref("Function")),
    "Alias": resource(
        "Lambda::Alias",
        Name="live",
        FunctionName=ref("Function"),
        FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
    ),
    "Permission": resource(
        "Lambda::Permission",
        FunctionName=arn("Function"),
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    ),
    "Access": resource("Logs::LogGroup", RetentionInDays=7),
    "Account": resource("ApiGateway::Account", CloudWatchRoleArn=arn("Role")),
    "Deployment": {
        **resource("ApiGateway::Deployment", RestApiId=ref("Api")),
        "DependsOn": ["Method"],
    },
    "Stage": resource(
        "ApiGateway::Stage",
        RestApiId=ref("Api"),
        StageName="prod",
        DeploymentId=ref("Deployment"),
        AccessLogSetting={"DestinationArn": arn("Access"), "Format": "$context.requestId"},
    ),
    "Validator": resource(
        "ApiGateway::RequestValidator",
        RestApiId=ref("Api"),
        Name="Validator",
        ValidateRequestBody=True,
    ),
    "GatewayResponse": resource(
        "ApiGateway::GatewayResponse", RestApiId=ref("Api"), ResponseType="DEFAULT_4XX"
    ),
    "Authorizer": resource(
        "ApiGateway::Authorizer", RestApiId=ref("Api"), Name="Authorizer", Type="TOKEN"
    ),
    "Model": resource("ApiGateway::Model", RestApiId=ref("Api"), Name="Model", Schema={}),
    "Key": resource("ApiGateway::ApiKey", Name="Key", Enabled=True),
    "Plan": resource(
        "ApiGateway::UsagePlan",
        UsagePlanName="Plan",
        ApiStages=[{"ApiId": ref("Api"), "Stage": ref("Stage")}],
    ),
    "PlanKey": resource(
        "ApiGateway::UsagePlanKey", KeyId=ref("Key"), KeyType="API_KEY", UsagePlanId=ref("Plan")
    ),
    "Acl": resource(
        "WAFv2::WebACL",
        Name="Acl",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "CloudWatchMetricsEnabled": False,
            "MetricName": "acl",
            "SampledRequestsEnabled": False,
        },
    ),
    "AclAssociation": resource(
        "WAFv2::WebACLAssociation",
        WebACLArn=arn("Acl"),
        ResourceArn={
            "Fn::Sub": f"arn:aws:apigateway:{REGION}::/restapis/${{Api}}/stages/${{Stage}}"
        },
    ),
}
