"""Runs a CDK app, which writes its assembly.

The app gets what the CDK CLI would give it: CDK_OUTDIR and CDK_CONTEXT_JSON, an account and a
region. These are the local cloud's own, since nothing here may ask AWS.
"""

import asyncio
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streambda.local.model.constants import ACCOUNT_ID, REGION
from streambda.local.model.errors import SynthesisError
from streambda.local.model.findings import Finding
from streambda.local.synthesis.advice import advise
from streambda.local.synthesis.findings import REPORTS, read_findings
from streambda.local.synthesis.settings import Settings, read_settings
from streambda.local.synthesis.short_error import shorten_error
from streambda.node import JSII_NODE, bundled_node

# Without a layer functions run on this machine's Python, and get packages for it. A layer would be
# built for Lambda's architecture, which may be another than this machine's.
NO_LAYER = {"streambda:python-layer": "none"}

NO_LAYER_RULE = "streambda:no-python-layer"  # what the constructs say then

# What the CDK CLI sets, so that names and templates are those of `cdk synth`.
CLI_CONTEXT = {
    "aws:cdk:bundling-stacks": ["**"],
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:enable-path-metadata": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A CDK app.

    Args:
        command: A line for the shell, as in cdk.json.
        folder: Where it runs, with its cdk.json.
        context: Wins over that of cdk.json and cdk.context.json, as `-c` does.
        region: The developer's, for stacks that are deployed there.
    """

    command: str
    folder: Path
    context: Mapping[str, Any]
    region: str = REGION

    @classmethod
    def find(
        cls,
        command: str | None = None,
        folder: Path | None = None,
        context: Mapping[str, Any] | None = None,
        region: str = REGION,
    ) -> "App":
        """Without a command, the app of cdk.json in `folder`. Raises `SynthesisError`."""
        folder = (folder or Path()).absolute()
        command = command or read_settings(folder).app
        if command is None:
            file = folder / "cdk.json"
            problem = f"{file} names no app" if file.is_file() else f"there is no {file}"
            raise SynthesisError(f"{problem}: pass --app COMMAND, or a template")
        return cls(command=command, folder=folder, context=dict(context or {}), region=region)

    @property
    def settings(self) -> Settings:
        return read_settings(self.folder)

    async def synthesise(self, out: Path) -> float:
        """Writes the assembly to `out`, where bundles of an earlier synthesis are used again.

        Returns the seconds that it took. Raises `SynthesisError` with what the app has printed.
        """
        began = time.monotonic()
        for name in REPORTS:
            (out / name).unlink(missing_ok=True)  # of a synthesis before
        status, output = await _run(self.command, self.folder, self._environment(out))
        if status:
            self._raise_findings(read_findings(out, only_reports=True))
            advice = advise(self.command, output, self.folder)
            raise SynthesisError(shorten_error(self.command, status, output, self.folder, advice))
        if not (out / "manifest.json").is_file():
            raise SynthesisError(
                f"{self.command!r} has written no assembly: it has to call app.synth()"
            )
        return time.monotonic() - began

    def list_findings(self, out: Path) -> tuple[Finding, ...]:
        """What the checks of an app that was synthesised have found, errors first."""
        # That there is no layer is our own doing, and nothing is deployed from here.
        return tuple(one for one in read_findings(out) if one.rule != NO_LAYER_RULE)

    def _raise_findings(self, findings: tuple[Finding, ...]) -> None:
        """The app has ended because of what its checks have found, if they found an error."""
        if not any(one.is_error for one in findings):
            return
        first, *others = [one for one in findings if one.rule != NO_LAYER_RULE]
        errors = sum(one.is_error for one in others)
        more = f" (and {errors} more error{'s' if errors > 1 else ''})" if errors else ""
        message = f"{self.command!r} does not pass its own checks, as with `cdk synth`"
        raise SynthesisError(f"{message}: {first.describe()}{more}", tuple(others))

    def _environment(self, out: Path) -> dict[str, str]:
        context = NO_LAYER | dict(self.settings.context) | CLI_CONTEXT | dict(self.context)
        # For an app that does not call `use_bundled_node` itself.
        node = bundled_node()
        return (
            ({JSII_NODE: str(node)} if node else {})
            | os.environ
            | {
                "CDK_CONTEXT_JSON": json.dumps(context),
                "CDK_DEFAULT_ACCOUNT": os.environ.get("CDK_DEFAULT_ACCOUNT", ACCOUNT_ID),
                "CDK_DEFAULT_REGION": os.environ.get("CDK_DEFAULT_REGION", self.region),
                "CDK_OUTDIR": str(out),
                "PATH": _search_path(),
            }
        )


def _search_path() -> str:
    """Has this interpreter as `python`, if it has the CDK and no virtual environment is active."""
    path = os.environ.get("PATH", os.defpath)
    if "VIRTUAL_ENV" in os.environ or importlib.util.find_spec("aws_cdk") is None:
        return path
    return os.pathsep.join([str(Path(sys.executable).parent), path])


async def _run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_shell(
            command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl-C is for us, and a cancelled synthesis ends all of it.
            start_new_session=True,
        )
    except OSError as error:
        raise SynthesisError(f"cannot run {command!r}: {error.strerror}") from error
    try:
        output, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    assert process.returncode is not None, "has been waited for"
    return process.returncode, output.decode("utf-8", "replace")
