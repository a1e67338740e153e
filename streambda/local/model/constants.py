"""What AWS gives and the local cloud makes up: an account, a region, a version, credentials.

And what several packages have to know of AWS: a path, a quota.
"""

from collections.abc import Mapping
from types import MappingProxyType

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
VERSION = "$LATEST"

# Folders of Lambda: a function's own code, and its layers.
TASK_ROOT = "/var/task"
OPT = "/opt"

# A function's credentials where the developer's environment has none.
DUMMY_CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
    }
)

# "Deployment package (.zip file archive) size: 250 MB unzipped, … including layers and custom
# runtimes", Lambda quotas.
UNZIPPED_BYTES = 250 * 1024 * 1024

# InvokeWithResponseStream in the Lambda API reference.
STREAMING_PATH = "/2021-11-15/functions/{name}/response-streaming-invocations"
