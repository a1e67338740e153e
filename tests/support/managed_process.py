"""Runs a function in a managed runtime's image to its end."""

import subprocess

from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.managed_image import ManagedImage


def run_managed(
    image: ManagedImage, handler: str, fake: FakeRuntimeApi, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Starts the image's bootstrap, as Lambda does, against `fake`."""
    given = {"AWS_LAMBDA_RUNTIME_API": fake.address, "_HANDLER": handler, **environ}
    return subprocess.run(
        [image.bootstrap],
        env=image.environ(**given),
        cwd=image.task,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
