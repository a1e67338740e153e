"""Downloads packages with apt, in a private root: own lists, own state, any architecture.

The machine's sources, keyrings, credentials and proxies are read. Nothing on the machine is
changed, and root is not needed. apt checks the signatures.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from streambda.layer.errors import SourceUnavailable
from streambda.layer.sources.debian.apt_sources import pick_lines, pick_stanzas

# The machine's own `Acquire` settings are written after these, and win.
_DEFAULTS = """\
Acquire::Retries "2";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
"""

# Etc::main and ::parts are left out: they can have hooks (APT::Update::Post-Invoke) that change
# the machine. Sandbox::User: the user _apt cannot enter a private folder; without root it does not
# matter.
_SETTINGS = """\
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Log "{root}/log";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "{root}/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{root}/none";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{root}/sources";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
"""


def download_packages(
    names: Sequence[str], *, architecture: str, suites: Set[str], folder: Path
) -> list[Path]:
    """Returns the .deb files, downloaded into `folder`."""
    if shutil.which("apt-get") is None:
        raise SourceUnavailable("this machine has no apt-get")
    sources = list(_find_sources(suites))
    if not sources:
        raise SourceUnavailable(
            f"apt has no source for {' or '.join(sorted(suites))} on this machine"
        )
    config = _make_private_root(folder / "apt", architecture, sources)
    debs = folder / "debs"
    debs.mkdir(parents=True)
    _apt_get(["update"], config, debs)
    _apt_get(["download", *names], config, debs)
    return sorted(debs.glob("*.deb"))


def _find_sources(suites: Set[str]) -> Iterator[tuple[str, str]]:
    """Yields (file suffix, text)."""
    names = _run(
        ["apt-config", "shell", "F", "Dir::Etc::sourcelist/f", "D", "Dir::Etc::sourceparts/d"]
    )
    places = dict(line.split("=", 1) for line in shlex.split(names.stdout))
    main, parts = Path(places["F"]), Path(places["D"])
    for path in [main, *sorted(parts.glob("*.list"))]:
        if path.is_file():
            yield from ((".list", line + "\n") for line in pick_lines(_text(path), suites))
    for path in sorted(parts.glob("*.sources")):
        yield from ((".sources", stanza) for stanza in pick_stanzas(_text(path), suites))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _make_private_root(root: Path, architecture: str, sources: Iterable[tuple[str, str]]) -> Path:
    for name in ("state", "lists/partial", "cache/archives/partial", "log", "none", "sources"):
        (root / name).mkdir(parents=True)
    (root / "status").touch()
    for index, (suffix, text) in enumerate(sources):
        (root / "sources" / f"{index}{suffix}").write_text(text, encoding="utf-8")
    config = root / "apt.conf"
    settings = _SETTINGS.format(root=root, architecture=architecture)
    config.write_text(_DEFAULTS + _read_machine_settings() + settings, encoding="utf-8")
    return config


def _read_machine_settings() -> str:
    """Proxies, certificates and time-outs. Index targets are left out: nobody needs those files."""
    lines = _run(["apt-config", "dump"]).stdout.splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if line.startswith("Acquire::")
        and "::IndexTargets" not in line
        and "::Languages" not in line
    )


def _apt_get(arguments: Sequence[str], config: Path, folder: Path) -> None:
    done = _run(["apt-get", "--quiet", *arguments], APT_CONFIG=str(config), cwd=folder)
    if done.returncode != 0:
        raise SourceUnavailable(f"apt-get {arguments[0]}: {_find_reason(done.stderr)}")


def _find_reason(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith(("E:", "W:"))]
    return lines[0].partition(":")[2].strip() if lines else "it failed without a message"


def _run(
    command: Sequence[str], *, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
