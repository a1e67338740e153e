"""Where this server can be reached, for the answers that hold a URL."""

from collections.abc import Mapping
from typing import Any

import boto3

from tests.support.offline_aws.server import KEYS, REGION

# As long as that of Lambda's GetFunction.
VALID_S = 600

_clients: list[Any] = []


def serve_at(port: int) -> None:
    keys = {name.lower(): value for name, value in KEYS.items()}
    endpoint = f"http://127.0.0.1:{port}"
    _clients[:] = [boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **keys)]


def of_object(place: Mapping[str, str]) -> str:
    """A signed URL of what `S3Bucket` and `S3Key` name."""
    [s3] = _clients
    where = {"Bucket": place["S3Bucket"], "Key": place["S3Key"]}
    url: str = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID_S)
    return url
