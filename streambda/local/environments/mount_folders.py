"""Gives its own process folders of Lambda's, such as /opt, and becomes the program that needs them.

    python -I -S mount_folders.py STEPS REPORT [PROGRAM ARGUMENT ...]

STEPS is a file that `lambda_folders` has written, REPORT a descriptor that gets a line about what
did not work; it is closed when the program runs. The process keeps its number: nothing is forked,
so groups, signals and memory are as for any other. What is mounted is seen by this process and its
children alone, and ends with them. See docs/adr/0009-lambdas-folders-in-a-mount-namespace.md.

Nothing but the standard library's smallest modules: this is a part of each cold start.
"""

from __future__ import annotations

import errno
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable

# sched.h and sys/mount.h of Linux.
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_SLAVE = 32, 4096, 8192, 16384, 1 << 19
# What a mount of the machine has must be kept by who may not mount there.
LOCKED = MS_NOSUID | MS_NODEV | MS_NOEXEC

SETGROUPS = "/proc/self/setgroups"

# How lines of the report begin.
NOT_MOUNTED = "mount"
NOT_STARTED = "exec"

# Before the name of each variable, so that none of the program's counts for this Python: a
# LD_LIBRARY_PATH of a layer would give it the layer's libraries.
VARIABLE_PREFIX = "_"


def main(steps: str, report: int, command: list[str]) -> None:
    os.set_inheritable(report, False)
    try:
        mount_all(steps)
    except Exception as error:
        os.write(report, f"{NOT_MOUNTED} {describe(error)}\n".encode())
    if not command:
        return
    # Python adds some of its own, without the prefix.
    own = (item for item in os.environ.items() if item[0].startswith(VARIABLE_PREFIX))
    variables = {name.removeprefix(VARIABLE_PREFIX): value for name, value in own}
    try:
        os.execve(command[0], command, variables)
    except OSError as error:
        os.write(report, f"{NOT_STARTED} {error.errno}\n".encode())
        os._exit(127)


def mount_all(path: str) -> None:
    """Takes the steps, of which the last for each folder shows it: all of it, or nothing."""
    with open(path, "rb") as file:  # noqa: PTH123
        steps = marshal.load(file)
    folder = os.getcwd()  # noqa: PTH109
    enter_namespaces()
    for name, *arguments in steps:
        STEPS[name](*arguments)
    # A folder that is covered now is entered anew, by its path.
    os.chdir(folder)


def enter_namespaces() -> None:
    """A mount namespace; within a user namespace for those who may not have one without."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        unshare(CLONE_NEWNS)
    except OSError:
        unshare(CLONE_NEWUSER | CLONE_NEWNS)
        # The user stays who they are. Until the program starts, this process may mount all the
        # same. Linux wants groups to be given up before they are mapped.
        if os.path.exists(SETGROUPS):  # noqa: PTH110
            write(SETGROUPS, "deny")
        write("/proc/self/uid_map", f"{uid} {uid} 1")
        write("/proc/self/gid_map", f"{gid} {gid} 1")
    # The machine's own changes are still seen here, ours not there.
    mount("none", "/", MS_REC | MS_SLAVE)


def make_tmpfs(place: str) -> None:
    mount("tmpfs", place, 0, "tmpfs", "mode=755")


def show(source: str, place: str) -> None:
    # With what is mounted below it: Linux refuses to uncover that.
    mount(source, place, MS_BIND | MS_REC)


def seal(place: str) -> None:
    """Nobody writes there, as on Lambda."""
    locked = os.statvfs(place).f_flag & LOCKED
    mount("none", place, MS_REMOUNT | MS_BIND | MS_RDONLY | locked)


def move(place: str, target: str) -> None:
    mount(place, target, MS_MOVE)


def make_file(place: str) -> None:
    os.close(os.open(place, os.O_CREAT | os.O_WRONLY))


STEPS: dict[str, Callable[..., None]] = {
    "tmpfs": make_tmpfs,
    "folder": os.mkdir,
    "file": make_file,
    "link": os.symlink,
    "show": show,
    "seal": seal,
    "move": move,
}


class Libc:
    """Loaded with the first call: the cloud itself imports this module on other systems too."""

    _loaded: ctypes.CDLL | None = None

    @classmethod
    def load(cls) -> ctypes.CDLL:
        import ctypes

        if cls._loaded is None:
            cls._loaded = ctypes.CDLL(None, use_errno=True)
        return cls._loaded


def unshare(flags: int) -> None:
    if Libc.load().unshare(flags):
        error = last_error()
        # "No space left on device" is what the kernel says.
        limit = "user.max_user_namespaces is reached"
        text = limit if error == errno.ENOSPC else os.strerror(error)
        raise OSError(error, text, "unshare")


def mount(source: str, target: str, flags: int, kind: str = "", data: str = "") -> None:
    import ctypes

    done = Libc.load().mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    if done:
        error = last_error()
        raise OSError(error, os.strerror(error), f"mount {target}")


def last_error() -> int:
    import ctypes

    return ctypes.get_errno()


def write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)


def describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(repr(error).split())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
