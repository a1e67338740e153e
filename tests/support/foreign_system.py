"""Imports modules as on a system without what only POSIX has, such as Windows.

    python -m tests.support.foreign_system streambda.cli streambda.local ...

Runs the code of the variable CODE then. Prints a line of JSON: each module that cannot be imported,
and why. What others have loaded stays
loaded: only the modules that are named, and all others of their packages, are imported anew.
"""

import _socket
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress

# https://docs.python.org/3/library: "Availability: Unix".
MODULES = (
    "curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios",
    "tty",
)  # fmt: skip
NAMES = {
    os: (
        "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "WNOHANG", "chown", "chroot", "fchmod",
        "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getpgid",
        "getuid", "killpg", "mkfifo", "openpty", "pread", "pwrite", "register_at_fork",
        "sched_getaffinity", "sched_setaffinity", "set_blocking", "setpgid", "setsid", "statvfs",
        "sysconf", "uname", "wait", "waitid", "waitstatus_to_exitcode",
    ),
    select: ("epoll", "poll"),
    signal: (
        "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP",
        "SIGTSTP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "pthread_sigmask", "setitimer",
        "siginterrupt", "sigtimedwait", "sigwait",
    ),
    socket: ("AF_UNIX", "MSG_DONTWAIT", "SO_REUSEPORT", "send_fds", "socketpair"),
    _socket: ("AF_UNIX",),
}  # fmt: skip


def become_foreign() -> None:
    sys.platform = "win32"
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in NAMES.items():
        for name in names:
            with suppress(AttributeError):
                delattr(module, name)


def find_failures(names: Iterable[str]) -> dict[str, str]:
    failures = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"
    return failures


def main(names: list[str]) -> None:
    # With what they need of others, which would now choose what is theirs on Windows.
    for name in names:
        importlib.import_module(name)
    packages = {name.partition(".")[0] for name in names}
    for loaded in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[loaded]
    become_foreign()
    failures = find_failures(names)
    exec(os.environ.get("CODE", ""), {})
    sys.stdout.write(json.dumps(failures) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
