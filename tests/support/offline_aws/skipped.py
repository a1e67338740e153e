"""The types of resource that a stack may hold and that nothing is made for."""

from collections.abc import Mapping

# Passed over as if made. `Ref` and `Fn::GetAtt` of them find nothing.
SKIPPED: Mapping[str, str] = {
    "AWS::CDK::Metadata": "tells AWS which constructs are used",
    "AWS::CloudFront::Distribution": "its CloudFormation and its API write it differently",
    "AWS::CloudFront::OriginAccessControl": "of use to a distribution only",
    "AWS::CloudWatch::Dashboard": "nothing is measured here",
    "AWS::S3::BucketPolicy": "moto would enforce its Deny, and refuse the CLI's uploads",
}
