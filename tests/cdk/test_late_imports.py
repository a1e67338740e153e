import subprocess
import sys

import pytest


@pytest.mark.slow  # a new process, which loads the CDK
def test_what_is_not_asked_for_is_not_loaded() -> None:
    code = (
        "import sys; from streambda.cdk import StreamingFunction; "
        "print([m for m in ('aws_cdk.aws_cloudfront', 'aws_cdk.aws_cloudwatch', "
        "'urllib.request') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
