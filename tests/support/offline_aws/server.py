"""Runs the server as a process of its own; makes clients that reach only that server."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[3]
ACCOUNT, REGION = "123456789012", "us-east-1"
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
}


@dataclass(frozen=True, slots=True)
class OfflineAws:
    """The running server."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make an AWS SDK talk to this server. The keys are invented."""
        return {
            **KEYS,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            # The CLI makes TemplateURL from it; moto understands its path only for this host.
            "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": f"http://localhost:{self.port}",
        }

    @contextmanager
    def client(self, service: str) -> Iterator[Any]:
        """A boto3 client of `service`."""
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        try:
            yield client
        finally:
            client.close()


@contextmanager
def run_offline_aws(log: Path) -> Iterator[OfflineAws]:
    """Runs the server on a free port. What it prints goes to `log`."""
    command = [sys.executable, "-m", "tests.support.offline_aws", "--port", "0"]
    environment = {"PATH": os.environ["PATH"], **KEYS}
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.strip().isdigit(), log.read_text()
            yield OfflineAws(int(line))
        finally:
            process.terminate()
            process.wait(60)
