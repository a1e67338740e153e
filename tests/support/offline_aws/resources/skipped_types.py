"""The types of resource that a stack may have, and for which nothing is created."""

from collections.abc import Mapping

# Type -> why it is skipped. `Ref` and `Fn::GetAtt` of such a resource fail.
SKIPPED: Mapping[str, str] = {
    "AWS::CDK::Metadata": "it only tells AWS which constructs are used",
    "AWS::CloudFront::Distribution": "CloudFormation and CloudFront's API describe it differently",
    "AWS::CloudFront::OriginAccessControl": "only a distribution uses it",
    "AWS::CloudWatch::Dashboard": "there are no metrics here",
    "AWS::S3::BucketPolicy": "moto would enforce its Deny, and refuse the CLI's uploads",
}
