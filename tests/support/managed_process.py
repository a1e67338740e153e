"""Runs a function to its end in a copy of a managed runtime's image."""

import subprocess

from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.managed_image import ManagedImage


def run_in_managed_image(
    image: ManagedImage, handler: str, fake: FakeRuntimeApi, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Starts the image's bootstrap, as Lambda does, against `fake`."""
    variables = {"AWS_LAMBDA_RUNTIME_API": fake.address, "_HANDLER": handler, **environ}
    return subprocess.run(
        [image.bootstrap],
        env=image.environ(**variables),
        cwd=image.task,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
