"""Source `docker`: Amazon Linux 2023's own Python, installed by dnf in Lambda's base image."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from streambda.layer.architecture import Architecture
from streambda.layer.errors import SourceUnavailable
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.report import MEGABYTE
from streambda.layer.sources.docker.image import lay_out
from streambda.layer.unpack import unpack_tar_file

_INSIDE = Path(__file__).with_name("inside_al2023.py")
_PLATFORMS = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}

# What dnf prints must not get into the archive. -I: the program sees only the standard library.
_INSTALL_AND_PACK = 'dnf install -y "$@" >&2 && exec "$0" -I - "${0#python}" /'

# An engine that hangs must not stop `auto` from trying the next source.
_ANSWER_SECONDS = 10
# Pulling the image and installing, which is emulated for the other architecture.
_RUN_SECONDS = 900


def unpack_docker(job: BuildJob) -> UnpackedPython:
    docker = job.recipe.lock.docker
    if job.locked and "@sha256:" not in docker.image:
        raise SourceUnavailable(f"the lock names {docker.image} by a tag, --locked needs a digest")
    _require_engine()
    job.report(f"docker: installing python{job.python} in {docker.image} ({job.architecture})")
    archive = job.work / "al2023.tar"
    _run_container(job, archive)
    job.report(f"docker: unpacking {archive.stat().st_size / MEGABYTE:.1f} MB")
    unpack_tar_file(archive, job.work / "image")
    return lay_out(job, job.work / "image")


def _require_engine() -> None:
    if shutil.which("docker") is None:
        raise SourceUnavailable("this machine has no docker")
    done = _run(["docker", "version", "--format", "{{.Server.Version}}"], _ANSWER_SECONDS)
    if done.returncode != 0:
        raise SourceUnavailable(f"the Docker engine does not answer: {_last_line(done.stderr)}")


def _run_container(job: BuildJob, archive: Path) -> None:
    docker = job.recipe.lock.docker
    packages = [name.format(python=job.python) for name in docker.packages]
    command = ["docker", "run", "--rm", "--interactive"]
    command += ["--platform", _PLATFORMS[job.architecture], "--entrypoint", "/bin/sh"]
    command += [docker.image, "-c", _INSTALL_AND_PACK]
    command += [f"python{job.python}", *packages, *docker.tools]
    with _INSIDE.open("rb") as program, archive.open("wb") as output:
        done = _run(command, _RUN_SECONDS, stdin=program, stdout=output)
    if done.returncode != 0:
        raise SourceUnavailable(
            f"docker run failed with exit status {done.returncode}: {_last_line(done.stderr)}"
        )


def _run(
    command: Sequence[str],
    seconds: int,
    *,
    stdin: BinaryIO | int = subprocess.DEVNULL,
    stdout: BinaryIO | int = subprocess.DEVNULL,
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(f"{' '.join(command[:2])} took longer than {seconds} s") from error


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no message")
