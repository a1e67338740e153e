"""Runs a function's script once an editor has attached: LAUNCH SCRIPT [ARGUMENT ...].

It runs in the function's process, by path, under the function's own Python: so it keeps to the
standard library, debugpy, and Python 3.9.
"""

import json
import os
import runpy
import sys
import time
from types import ModuleType
from typing import Any, Optional

RETRY_S = 0.2

# Where Lambda has a function's code; editors can name it for the folder that it is in here.
TASK_ROOT = "/var/task"


def main() -> None:
    settings: dict[str, Any] = json.loads(os.environ.pop("STREAMBDA_DEBUG"))
    sys.argv = sys.argv[1:]
    script = sys.argv[0]
    # As Python does for a script that it starts itself.
    if not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
        sys.path[0] = script.rpartition("/")[0]
    # /var/task is read-only on Lambda; debugpy's own folder is the developer's.
    sys.dont_write_bytecode = True
    # debugpy imports parts of itself later too. There is nothing else in this folder.
    sys.path.append(settings["packages"])
    # Frozen modules are off, about which it would warn all the same.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    wait_for_editor(settings)
    runpy.run_path(script, run_name="__main__")


def wait_for_editor(settings: dict[str, Any]) -> None:
    import debugpy

    listen(debugpy, settings["host"], settings["port"])
    map_paths(settings["source"], settings["task_root"])
    say("waits for a debugger at {host}:{port}; time-outs are off".format(**settings))
    debugpy.wait_for_client()
    say("the debugger is attached")


def listen(debugpy: ModuleType, host: str, port: int) -> None:
    """The process before this one may still be about to end."""
    told = False
    while True:
        try:
            debugpy.listen((host, port))
        except RuntimeError as error:
            if not told:
                say(f"waits until port {port} is free: {error}")
            told = True
            time.sleep(RETRY_S)
        else:
            return


def map_paths(source: Optional[str], task_root: str) -> None:  # noqa: UP045
    """Breakpoints in the developer's own copy of the code, and in /var/task, hold in what runs.

    Editors name the folders on both sides when they attach, and cannot know the one in here.
    """
    try:
        import pydevd_file_utils
    except ImportError:
        return
    set_paths = pydevd_file_utils.setup_client_server_paths
    own = [(source, task_root)] if source else []

    def add_paths(paths: list[tuple[str, str]]) -> None:
        # Own ones first: the first that fits counts.
        set_paths([*own, *((local, place_here(remote, task_root)) for local, remote in paths)])

    pydevd_file_utils.setup_client_server_paths = add_paths
    set_paths(own)


def place_here(remote: str, task_root: str) -> str:
    if remote == TASK_ROOT or remote.startswith(TASK_ROOT + "/"):
        return task_root + remote[len(TASK_ROOT) :]
    return remote


def say(line: str) -> None:
    sys.stdout.write(f"debugger: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":  # multiprocessing may import this file again, in a child
    main()
