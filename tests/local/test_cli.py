"""The command line: what it prints, and how it ends."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from streambda import __version__, cli
from streambda.local.http.server import bind
from streambda.local.serve import ServeOptions, serve
from tests.support.local_assembly import write_assembly
from tests.support.screen import Screen


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["streambda", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "status", "out", "err"),
    [
        (["--version"], 0, f"streambda {__version__}", ""),
        (["--help"], 0, "Example: streambda local template.yaml --port 8000", ""),
        (["local", "--help"], 0, "3 port in use", ""),
        (["local", "nowhere"], 2, "", "streambda: error: there is no folder nowhere"),
        (["local", "cdk.out/manifest.json"], 2, "", "is part of a CDK assembly: pass its folder"),
        (["local", "--record-secrets"], 2, "", "expected --record FILE with it"),
        (["local", "--port", "70000"], 2, "", "error: --port is 70000, expected 0 to 65535"),
        (["local", "--record", ""], 2, "", "error: --record is '', expected the name of a file"),
        (["replay", ""], 2, "", "error: FILE is '', expected the name of a file"),
        (["local", "--auth", "no"], 2, "", "error: --auth is 'no', expected warn or enforce"),
        (["local", "--key", "x"], 2, "", "error: --key: expected ID:SECRET or ID:SECRET:TOKEN"),
        (["local", "--jwks", "none"], 2, "", "error: cannot read none: No such file"),
        (
            ["local", "--limit", "x=1"],
            2,
            "",
            "error: --limit x=1: unknown limit 'x', expected one of event",
        ),
        (["local", "--no-limits", "--limit", "event=x"], 2, "", "'x' is neither a number"),
        (["local", "--fault", "x"], 2, "", "error: --fault x: unknown fault 'x', expected one of"),
        (
            ["local", "cdk.out", "--host", "0.0.0.0"],
            2,
            "",
            "error: other machines can connect to host '0.0.0.0'",
        ),
        (["local", "out", "--app", "x"], 2, "", "error: both out and --app 'x' are given"),
        (["local", "out", "--watch"], 2, "", "error: --watch is given with the assembly out"),
        (["local", "--context", "x"], 2, "", "error: --context is 'x', expected KEY=VALUE"),
        (["local", "--app", "exit 3"], 2, "", "'exit 3' ended with exit status 3: it has printed"),
        (
            ["local", "cdk.out", "--idle", "0"],
            2,
            "",
            "error: idle time is 0 s, expected more than 0",
        ),
        (
            ["local", "cdk.out", "--env-file", "no.env"],
            2,
            "",
            "error: --env-file no.env: cannot be",
        ),
        (
            ["local", "cdk.out", "--env-file", "X=no.env"],
            2,
            "",
            "--env-file no.env: cannot be read",
        ),
        (["local", "cdk.out", "--parameter", "x"], 2, "", "error: --parameter x: expected NAME="),
        (
            ["local", "cdk.out", "--parameter", "X=y"],
            2,
            "",
            "error: --parameter X: no template has",
        ),
        (["local", "cdk.out", "--credentials", "x"], 2, "", "'x', expected developer or none"),
        (["local", "cdk.out", "--debug", "X"], 2, "", "error: --debug: there is no function 'X'"),
        (["local", "cdk.out", "--debug", "X=y"], 2, "", "error: --debug X: the port is 'y'"),
        (
            ["local", "--port", "x"],
            2,
            "",
            "Invalid value for '--port': 'x', expected a whole number; see `streambda local",
        ),
        (["local", "--concurrency", "0"], 2, "", "'--concurrency': '0', expected at least 1; see"),
        (["local", "--idle", "long"], 2, "", "'--idle': 'long', expected a number; see"),
        (["local", "x", "y"], 2, "", "extra argument(s) (y); see `streambda local --help`"),
        (["local", "-h"], 0, "3 port in use", ""),
        (["lokal"], 2, "", "No such command 'lokal'. Did you mean 'local'? See `streambda --help`"),
        (["cdk.out"], 2, "", "'cdk.out': to serve it, run `streambda local cdk.out`; see"),
        (
            ["local", "/"],
            2,
            "",
            "/ is not a CDK assembly: it has no manifest.json: run `npx cdk synth`",
        ),
        (["layer", "--help"], 0, "Example: streambda layer build --arch arm64 --out layer.zip", ""),
        (["layer", "build", "--help"], 0, "Example: streambda layer build --arch arm64", ""),
        (["layer", "check", "--help"], 0, "Example: streambda layer check layer.zip", ""),
        (["layer", "list", "--help"], 0, "Example: streambda layer list", ""),
        (["nonsense"], 2, "", "streambda: error: No such command 'nonsense'"),
        ([], 2, "", "streambda: error: Missing command; see `streambda --help`"),
    ],
)
def test_usage(
    arguments: list[str],
    status: int,
    out: str,
    err: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    # Elsewhere than in this repository, whose own app would be synthesised.
    monkeypatch.chdir(tmp_path)
    write_assembly(tmp_path / "cdk.out", {})

    assert run(*arguments, monkeypatch=monkeypatch) == status

    captured = capsys.readouterr()
    assert out in captured.out
    assert err in captured.err
    assert captured.err.count("\n") == (1 if err else 0)


def test_a_folder_without_an_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("local", monkeypatch=monkeypatch) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("streambda: error: there is no cdk.out, no app in a cdk.json and no ")
    assert str(tmp_path) in line


def test_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert run("local", monkeypatch=monkeypatch) == 2

    assert capsys.readouterr() == (
        "",
        "streambda: error: cannot read the current folder: No such file or directory\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["build"], ["build", "--arch", "i386"], ["check", "--arch", "arm64"]],
)
def test_wrong_usage_of_layer_is_named_as_typed(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("layer", *arguments, monkeypatch=monkeypatch) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1].startswith("streambda layer")


def test_layer_lists_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path))

    assert run("layer", "list", monkeypatch=monkeypatch) == 0

    assert capsys.readouterr() == ("file  architecture  python  source  recipe  size\n", "")


@pytest.mark.parametrize("status", [0, 1, 3])
def test_layer_passes_arguments_and_exit_code_through(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[str], str]] = []

    def main(arguments: list[str], *, prog: str) -> int:
        seen.append((arguments, prog))
        return status

    monkeypatch.setattr("streambda.layer.__main__.main", main)
    arguments = ["build", "--arch", "arm64", "--locked", "--out", "x.zip", "--source=pbs"]

    assert run("layer", *arguments, monkeypatch=monkeypatch) == status
    assert seen == [(arguments, "streambda layer")]


def test_port_in_use_has_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_assembly(tmp_path, {})

    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        status = run("local", str(folder), "--port", str(port), monkeypatch=monkeypatch)

    assert status == 3
    assert capsys.readouterr().err == (
        f"streambda: error: port {port} on 127.0.0.1 is in use by another program; "
        "choose another with --port\n"
    )


@pytest.mark.parametrize("missing", ["typer", "uvicorn"])
def test_missing_extras_are_named(
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for name in [name for name in sys.modules if name.startswith("streambda.local")]:
        monkeypatch.delitem(sys.modules, name)

    assert run("local", str(tmp_path), monkeypatch=monkeypatch) == 2

    expected = f"streambda: error: {missing} is not installed: pip install 'streambda[local]'\n"
    assert capsys.readouterr().err == expected


def test_nothing_heavy_is_imported_early() -> None:
    script = (
        "import sys, streambda.cli; "
        "print(*{'typer', 'rich', 'pydantic', 'uvicorn', 'asyncio'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout.strip() == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_serves_until_a_signal(
    number: signal.Signals,
    tmp_path: Path,
    resources: dict[str, Any],
    http: httpx.AsyncClient,
) -> None:
    folder = write_assembly(tmp_path, resources)
    screen = Screen()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(folder, ServeOptions(port=0), Console(file=screen, width=200)))
        await screen.wait_for("Press Ctrl-C to stop.")
        printed = screen.getvalue()

        [url] = re.findall(r"Function URL of Words \(streams\)\n  curl -N '(\S+)'", printed)
        assert (await http.get(f"{url}words")).content == b"one two"
        await screen.wait_for(" said two words")
        os.kill(os.getpid(), number)

    assert "boto3.client('lambda', endpoint_url='http://127.0.0.1:" in printed
    assert re.search(r"GET\s+curl -g -N 'http://127.0.0.1:\d+/prod/buffered/\{name\}'", printed)


def test_an_app_without_functions_says_so(tmp_path: Path) -> None:
    async def greet() -> str:
        screen = Screen()
        async with asyncio.TaskGroup() as tasks:
            folder = write_assembly(tmp_path, {})
            tasks.create_task(serve(folder, ServeOptions(port=0), Console(file=screen)))
            await screen.wait_for("Press Ctrl-C to stop.")
            os.kill(os.getpid(), signal.SIGINT)
        return screen.getvalue()

    assert "Lambda API, no functions" in asyncio.run(greet())


def test_module_is_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streambda", "local", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"streambda: error: ")
    assert done.stderr.count(b"\n") == 1
