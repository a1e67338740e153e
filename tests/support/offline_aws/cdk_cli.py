"""Runs the pinned CDK CLI on a copy of this repository's app, without the user's own settings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.layer.cache import cache_folder
from tests.support.offline_aws.server import ACCOUNT, REGION, ROOT, OfflineAws

CDK = ROOT / "node_modules/.bin/cdk"
APP_FILES = ("app.py", "cdk.json", "stacks", "lambda_src")
TIMEOUT_S = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CdkCli:
    """The CDK CLI, with `aws` as its AWS and `home` as its home folder."""

    aws: OfflineAws
    app: Path  # the folder with cdk.json
    home: Path
    context: Mapping[str, str] = field(default_factory=dict)

    def bootstrap(self) -> str:
        # Needs no app: nothing is synthesised.
        return self.run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")

    def run_on_app(self, command: str, *options: str) -> str:
        """Synthesises the app, and runs `command` on it. Returns what was printed."""
        context = [word for item in self.context.items() for word in ("-c", "=".join(item))]
        return self.run(command, "--app", f"{sys.executable} app.py", *context, *options)

    def run(self, *arguments: str) -> str:
        """Returns what was printed. Raises AssertionError unless the exit status is 0."""
        done = subprocess.run(
            [CDK, *arguments, "--no-notices", "--no-color", "--ci"],
            cwd=self.app,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"cdk {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        return {
            **self.aws.environment,
            # Where the machine has no Node.js, it is next to the interpreter.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_DISABLE_VERSION_CHECK": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "STREAMBDA_CACHE_DIR": str(cache_folder()),  # so that the layer is not built again
        }


def copy_app(folder: Path) -> Path:
    """Copies this repository's app, for tests that edit it; `streambda` stays the installed one."""
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in APP_FILES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder / name)
    return folder
