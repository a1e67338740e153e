"""A copy of what is in the image of a managed python3.x runtime, and what Lambda starts in it."""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
WRAPPER = "streambda-wrapper"

# As published with the image of python3.11; there it is bash, and `exec --`.
BOOTSTRAP = """#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python{version}
exec "$AWS_LAMBDA_EXEC_WRAPPER" {python} {runtime}/bootstrap.py
"""


@dataclass(frozen=True, slots=True)
class ManagedImage:
    task: Path  # /var/task
    runtime: Path  # /var/runtime

    @property
    def bootstrap(self) -> Path:
        return self.runtime / "bootstrap"

    def environ(self, **more: str) -> dict[str, str]:
        """The variables of the bootstrap, without those of the handler and the Runtime API."""
        return {
            "PATH": os.defpath,
            "LAMBDA_TASK_ROOT": str(self.task),
            "LAMBDA_RUNTIME_DIR": str(self.runtime),
            "AWS_LAMBDA_EXEC_WRAPPER": str(self.task / WRAPPER),
        } | more

    def write_module(self, name: str, source: str) -> None:
        """A file of the user."""
        (self.task / name).write_text(source)


def make_managed_image(root: Path, python: str = sys.executable) -> ManagedImage:
    """An image below `root` whose interpreter is `python`, with our files in the task root."""
    image = ManagedImage(root / "task", root / "runtime")
    image.task.mkdir()
    image.runtime.mkdir()
    for name in (WRAPPER, "streambda_runtime"):
        (image.task / name).symlink_to(LAMBDA_SRC / name)
    paths = {"python": shlex.quote(python), "runtime": shlex.quote(str(image.runtime))}
    image.bootstrap.write_text(BOOTSTRAP.format(version=VERSION, **paths))
    image.bootstrap.chmod(0o755)
    # The loop that is replaced, and what is beside it: boto3, in the older images.
    (image.runtime / "bootstrap.py").write_text("raise SystemExit('Lambda\\'s own loop')\n")
    (image.runtime / "bundled_sdk.py").write_text("NAME = 'bundled'\n")
    return image
