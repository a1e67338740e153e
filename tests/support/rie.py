"""Runs the official Runtime Interface Emulator (RIE), which is part of the aws-sam-cli wheel.

`python -m tests.support.rie` (part of `make test`) downloads it into .tools/, for this machine's
architecture.
"""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.free_ports import find_free_ports

ROOT = Path(__file__).parents[2]
RIE = ROOT / ".tools" / "aws-lambda-rie"
REQUIREMENTS = Path(__file__).with_name("rie-requirements.txt")
MEMBERS = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}
INVOKE_PATH = "/2015-03-31/functions/function/invocations"
START_S = 20.0


def download_emulator() -> None:
    """Downloads the wheel (pinned by hash) and unpacks the emulator from it."""
    member = f"samcli/local/rapid/{MEMBERS[platform.machine()]}"
    RIE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RIE.parent) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "--quiet", "-d", folder, "-r", str(REQUIREMENTS)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            unpacked = Path(archive.extract(member, folder))
        unpacked.chmod(0o755)
        unpacked.replace(RIE)


@contextmanager
def run_emulator(bootstrap: Path, handler: str, log: Path) -> Iterator[httpx.Client]:
    """Runs `bootstrap` under the emulator. Yields a client: `post(INVOKE_PATH, …)` invokes it."""
    environ = {"STREAMBDA_PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}
    with _run([str(bootstrap), handler], environ, log, cwd=bootstrap.parent) as client:
        yield client


@contextmanager
def run_emulator_with_layer(
    bootstrap: Path, opt: Path, log: Path, variables: Mapping[str, str]
) -> Iterator[httpx.Client]:
    """The same with extensions: `opt` is /opt in a mount namespace of its own, which needs root."""
    mounts = f"mount --make-rprivate / && mount --bind '{opt}' /opt"
    prefix = ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
    environ = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **variables}
    command = [str(bootstrap), "any"]
    with _run(command, environ, log, cwd=bootstrap.parent, prefix=prefix) as client:
        yield client


@contextmanager
def run_managed_instance(
    task: Path, opt: Path, handler: str, concurrency: int, log: Path, timeout_s: int = 30
) -> Iterator[httpx.Client]:
    """Runs a function in the emulator's mode for Lambda Managed Instances.

    That mode knows fixed paths only: in a mount namespace of its own (which needs root), `task` is
    /var/task and `opt` is /opt, as for a deployed function. The function does not run as root, as
    on Lambda.
    """
    mounts = (
        f"mount --make-rprivate / && mount --bind '{opt}' /opt && mount -t tmpfs tmpfs /var"
        f" && mkdir /var/task && mount --bind '{task}' /var/task"
    )
    prefix = ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
    environ = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s),
        "_HANDLER": handler,
    }
    with _run([], environ, log, prefix=prefix) as client:
        yield client


@contextmanager
def _run(
    command: Sequence[str],
    environ: dict[str, str],
    log: Path,
    *,
    cwd: Path | None = None,
    prefix: Sequence[str] = (),
) -> Iterator[httpx.Client]:
    api = find_free_ports(2)  # the emulator cannot be given port 0, nor a socket
    endpoint = api + 1
    emulator = [
        str(RIE),
        "--runtime-api-address", f"127.0.0.1:{api}",
        "--runtime-interface-emulator-address", f"127.0.0.1:{endpoint}",
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*prefix, *emulator, *command],
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
        )
        try:
            _wait_until_listening(process, endpoint)
            with httpx.Client(base_url=f"http://127.0.0.1:{endpoint}", timeout=30) as client:
                yield client
        finally:
            process.terminate()
            process.wait(START_S)


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the emulator ended while it started"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)  # it gives no signal when it listens
        else:
            return
    raise TimeoutError(f"the emulator does not listen after {START_S} s")


if __name__ == "__main__":
    download_emulator()
