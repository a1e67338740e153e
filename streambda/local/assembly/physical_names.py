"""What CloudFormation's Ref and Fn::GetAtt return for a resource whose name is known. No I/O.

From "Return values" on each resource's page in the CloudFormation template reference. Values that
AWS makes up, such as a queue's ARN's account or a stream's time, are in here only where they follow
from a name, a region and an account.
"""

from collections.abc import Mapping

from streambda.local.model.place import Place

_ARN = "arn:{partition}:{{service}}:{region}:{account}:"


def _arn(service: str, resource: str) -> str:
    return f"{_ARN.replace('{{service}}', service)}{resource}"


# Type -> the property that names it, and what Ref returns for such a name. A type whose Ref has
# a part that AWS chooses is not here, whatever it is named: a secret's ARN, a user pool's id.
NAMED: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::Stage": ("StageName", "{id}"),
    "AWS::DynamoDB::GlobalTable": ("TableName", "{id}"),
    "AWS::DynamoDB::Table": ("TableName", "{id}"),
    "AWS::ECR::Repository": ("RepositoryName", "{id}"),
    "AWS::ECS::Cluster": ("ClusterName", "{id}"),
    "AWS::Events::EventBus": ("Name", "{id}"),
    "AWS::IAM::Role": ("RoleName", "{id}"),
    "AWS::IAM::User": ("UserName", "{id}"),
    "AWS::Kinesis::Stream": ("Name", "{id}"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "{id}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "{id}"),
    "AWS::OpenSearchService::Domain": ("DomainName", "{id}"),
    "AWS::S3::Bucket": ("BucketName", "{id}"),
    "AWS::SNS::Topic": ("TopicName", _arn("sns", "{id}")),
    "AWS::SQS::Queue": ("QueueName", "https://sqs.{region}.{suffix}/{account}/{id}"),
    "AWS::SSM::Parameter": ("Name", "{id}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", _arn("states", "stateMachine:{id}")),
}

# (type, attribute) -> its value. {id} is what Ref returns, {name} its last part.
_BUCKET = "{id}.s3.{suffix}"
_USER_POOL = "cognito-idp.{region}.{suffix}/{id}"
ATTRIBUTES: Mapping[tuple[str, str], str] = {
    ("AWS::ApiGateway::RestApi", "RestApiId"): "{id}",
    ("AWS::ApiGatewayV2::Api", "ApiEndpoint"): "https://{id}.execute-api.{region}.{suffix}",
    ("AWS::ApiGatewayV2::Api", "ApiId"): "{id}",
    ("AWS::Cognito::IdentityPool", "Id"): "{id}",
    ("AWS::Cognito::UserPool", "Arn"): _arn("cognito-idp", "userpool/{id}"),
    ("AWS::Cognito::UserPool", "ProviderName"): _USER_POOL,
    ("AWS::Cognito::UserPool", "ProviderURL"): f"https://{_USER_POOL}",
    ("AWS::Cognito::UserPool", "UserPoolId"): "{id}",
    ("AWS::Cognito::UserPoolClient", "ClientId"): "{id}",
    ("AWS::DynamoDB::GlobalTable", "Arn"): _arn("dynamodb", "table/{id}"),
    ("AWS::DynamoDB::Table", "Arn"): _arn("dynamodb", "table/{id}"),
    ("AWS::ECR::Repository", "Arn"): _arn("ecr", "repository/{id}"),
    ("AWS::ECR::Repository", "RepositoryUri"): "{account}.dkr.ecr.{region}.{suffix}/{id}",
    ("AWS::ECS::Cluster", "Arn"): _arn("ecs", "cluster/{id}"),
    ("AWS::EFS::FileSystem", "Arn"): _arn("elasticfilesystem", "file-system/{id}"),
    ("AWS::EFS::FileSystem", "FileSystemId"): "{id}",
    ("AWS::Events::EventBus", "Arn"): _arn("events", "event-bus/{id}"),
    ("AWS::Events::EventBus", "Name"): "{id}",
    ("AWS::KMS::Key", "Arn"): _arn("kms", "key/{id}"),
    ("AWS::KMS::Key", "KeyId"): "{id}",
    ("AWS::Kinesis::Stream", "Arn"): _arn("kinesis", "stream/{id}"),
    ("AWS::KinesisFirehose::DeliveryStream", "Arn"): _arn("firehose", "deliverystream/{id}"),
    ("AWS::Lambda::Function", "Arn"): _arn("lambda", "function:{id}"),
    ("AWS::Lambda::Version", "Version"): "{name}",
    ("AWS::Logs::LogGroup", "Arn"): _arn("logs", "log-group:{id}:*"),
    ("AWS::OpenSearchService::Domain", "Arn"): _arn("es", "domain/{id}"),
    ("AWS::OpenSearchService::Domain", "DomainArn"): _arn("es", "domain/{id}"),
    ("AWS::S3::Bucket", "Arn"): "arn:{partition}:s3:::{id}",
    ("AWS::S3::Bucket", "DomainName"): _BUCKET,
    ("AWS::S3::Bucket", "DualStackDomainName"): "{id}.s3.dualstack.{region}.{suffix}",
    ("AWS::S3::Bucket", "RegionalDomainName"): "{id}.s3.{region}.{suffix}",
    ("AWS::SNS::Topic", "TopicArn"): "{id}",
    ("AWS::SNS::Topic", "TopicName"): "{name}",
    ("AWS::SQS::Queue", "Arn"): _arn("sqs", "{name}"),
    ("AWS::SQS::Queue", "QueueName"): "{name}",
    ("AWS::SQS::Queue", "QueueUrl"): "{id}",
    ("AWS::SecretsManager::Secret", "Id"): "{id}",
    ("AWS::StepFunctions::StateMachine", "Arn"): "{id}",
    ("AWS::StepFunctions::StateMachine", "Name"): "{name}",
}

# Their ARNs have a path, which is not in the name.
PATHS: Mapping[str, str] = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user"}

# Attributes that are properties of the template too.
SAME_AS_PROPERTY = frozenset({("AWS::SSM::Parameter", "Value"), ("AWS::SSM::Parameter", "Type")})


def fill(pattern: str, physical_id: str, place: Place) -> str:
    """A pattern of this file for one resource."""
    return pattern.format(
        id=physical_id,
        name=physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        account=place.account_id,
        partition=place.partition,
        region=place.region,
        suffix=place.url_suffix,
    )


def needs_account(pattern: str) -> bool:
    return "{account}" in pattern


def make_iam_arn(kind: str, path: str, name: str, place: Place) -> str:
    """Of a role or a user; `path` as "/" or "/team/"."""
    return f"arn:{place.partition}:iam::{place.account_id}:{kind}{path}{name}"
