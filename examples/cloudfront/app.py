"""A static page and a stream behind one CloudFront distribution."""

from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_cloudfront as cloudfront  # noqa: E402
from aws_cdk import aws_cloudfront_origins as origins  # noqa: E402
from aws_cdk import aws_s3 as s3  # noqa: E402
from aws_cdk import aws_s3_deployment as s3_deployment  # noqa: E402

from streambda.cdk import CloudFrontStream, StreamingFunction  # noqa: E402

HERE = Path(__file__).parent

app = cdk.App()
stack = cdk.Stack(app, "Chat")

chat = StreamingFunction(stack, "Chat", entry=HERE / "src", handler="chat.handler")
pages = s3.Bucket(
    stack,
    "Pages",
    block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    enforce_ssl=True,
    removal_policy=cdk.RemovalPolicy.DESTROY,
    auto_delete_objects=True,
)
page = cloudfront.BehaviorOptions(
    origin=origins.S3BucketOrigin.with_origin_access_control(pages),
    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
)
edge = CloudFrontStream(
    stack, "Edge", function=chat, additional_behaviors={"/index.html": page}, outputs=True
)
s3_deployment.BucketDeployment(
    stack,
    "Site",
    sources=[s3_deployment.Source.asset(str(HERE / "site"))],
    destination_bucket=pages,
    distribution=edge.distribution,
)
cdk.CfnOutput(stack, "Page", value=f"{edge.url}/index.html")

app.synth()
