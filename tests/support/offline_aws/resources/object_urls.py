"""Signed URLs of objects in S3, for the answers that contain a download URL."""

from collections.abc import Mapping
from typing import Any

import boto3

from tests.support.offline_aws.server import KEYS, REGION

# As long as the URL in the answer to Lambda's GetFunction.
VALID_S = 600

_clients: list[Any] = []


def use_port(port: int) -> None:
    """Sets the port of this server, which the URLs lead to."""
    keys = {name.lower(): value for name, value in KEYS.items()}
    endpoint = f"http://127.0.0.1:{port}"
    _clients[:] = [boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **keys)]


def sign_object_url(location: Mapping[str, str]) -> str:
    """A signed URL of the object that `S3Bucket` and `S3Key` name."""
    [s3] = _clients
    parameters = {"Bucket": location["S3Bucket"], "Key": location["S3Key"]}
    url: str = s3.generate_presigned_url("get_object", Params=parameters, ExpiresIn=VALID_S)
    return url
