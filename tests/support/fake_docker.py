"""A program that stands in for the docker CLI, with a folder of this machine instead of an image.

Files beside it change what it does: `refuses` (there is no engine), `hangs`, `cut` (how many bytes
of the container's output arrive), `bin/` (programs that the container finds before this machine's).
It appends its arguments to `calls`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    with (HERE / "calls").open("a") as file:
        file.write(json.dumps(arguments) + "\n")
    return {"version": _version, "run": _run}[arguments[0]](arguments[1:])


def _version(_: list[str]) -> int:
    if (HERE / "hangs").exists():
        time.sleep(60)
    if (HERE / "refuses").exists():
        sys.stderr.write("Client: 29.1\nCannot connect to the Docker daemon. Is it running?\n\n")
        return 1
    sys.stdout.write("29.1\n")
    return 0


def _run(arguments: list[str]) -> int:
    entrypoint = arguments[arguments.index("--entrypoint") + 1]
    command = arguments[arguments.index("--entrypoint") + 3 :]  # the image is between
    environment = {**os.environ, "PATH": f"{HERE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [entrypoint, *command], env=environment, stdout=subprocess.PIPE, check=False
    )
    cut = HERE / "cut"
    sys.stdout.buffer.write(done.stdout[: int(cut.read_text())] if cut.exists() else done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
