"""The pinned CDK CLI on a copy of this repository's app, with nothing of the user's in reach."""

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
LONGEST_S = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CdkCli:
    aws: OfflineAws
    app: Path  # the folder of cdk.json
    home: Path
    context: Mapping[str, str] = field(default_factory=dict)

    def bootstrap(self) -> str:
        # No app is needed, nor one synthesised.
        return self.run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")

    def on_app(self, command: str, *options: str) -> str:
        """Runs `command` on the app, synthesised anew."""
        context = [word for item in self.context.items() for word in ("-c", "=".join(item))]
        return self.run(command, "--app", f"{sys.executable} app.py", *context, *options)

    def run(self, *arguments: str) -> str:
        """What it printed. Raises AssertionError, with that, unless it exits with 0."""
        done = subprocess.run(
            [CDK, *arguments, "--no-notices", "--no-color", "--ci"],
            cwd=self.app,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert done.returncode == 0, f"cdk {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        return {
            **self.aws.environment,
            # Node.js, where the machine has none, is beside the interpreter.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_DISABLE_VERSION_CHECK": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "STREAMBDA_CACHE_DIR": str(cache_folder()),  # the layer is built once, not here
        }


def copy_app(folder: Path) -> Path:
    """This repository's app where a test may edit it; `streambda` stays the installed one."""
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in APP_FILES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder / name)
    return folder
