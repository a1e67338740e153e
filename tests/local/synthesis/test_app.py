"""An app is run as the CDK CLI runs it, and what it says in its end is one line."""

import asyncio
import json
import shlex
import sys
from pathlib import Path

import pytest

from streambda.local.model.errors import SynthesisError
from streambda.local.synthesis.app import App
from streambda.local.synthesis.settings import parse_context, read_settings
from streambda.node import bundled_node
from tests.support.processes import is_running
from tests.support.wait_until import wait_until

PYTHON = shlex.quote(sys.executable)
TELLS = """
import json, os, pathlib, sys
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(parents=True)
seen = {name: value for name, value in os.environ.items() if name.startswith(("CDK_", "JSII_"))}
(out / "manifest.json").write_text(json.dumps([seen, os.getcwd()]))
"""


def app(folder: Path, script: str, **context: str) -> App:
    (folder / "app.py").write_text(script)
    return App.find(f"{PYTHON} app.py", folder, context)


async def test_environment_of_an_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDK_DEFAULT_ACCOUNT", raising=False)
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("JSII_NODE", raising=False)
    (tmp_path / "cdk.json").write_text('{"context": {"a": "cdk", "b": "cdk", "c": [1]}}')
    (tmp_path / "cdk.context.json").write_text('{"b": "looked up", "d": "looked up"}')
    out = tmp_path / "out"

    took_s = await app(tmp_path, TELLS, a="given").synthesise(out)

    seen, folder = json.loads((out / "manifest.json").read_text())
    context = json.loads(seen["CDK_CONTEXT_JSON"])
    assert took_s > 0
    assert folder == str(tmp_path)
    assert seen["CDK_OUTDIR"] == str(out)
    assert seen.get("JSII_NODE") == (str(node) if (node := bundled_node()) else None)
    assert (seen["CDK_DEFAULT_ACCOUNT"], seen["CDK_DEFAULT_REGION"]) == (
        "123456789012",
        "eu-west-1",
    )
    assert {key: context[key] for key in "abcd"} == {
        "a": "given",
        "b": "cdk",
        "c": [1],
        "d": "looked up",
    }
    assert context["streambda:python-layer"] == "none"
    assert context["aws:cdk:enable-path-metadata"] is True


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("\n\nraise ValueError('handler is x')", 1, "ValueError: handler is x (app.py, line 3)"),
        ("import nowhere", 1, "ModuleNotFoundError: No module named 'nowhere' (app.py, line 1)"),
        ("def (", 1, "SyntaxError: invalid syntax (app.py, line 1)"),
        (
            (
                "import json\ntry:\n    json.loads('x')\nexcept ValueError as e:\n"
                "    raise RuntimeError('no JSON') from e"
            ),
            1,
            "RuntimeError: no JSON (app.py, line 5)",
        ),
        (
            "class JSIIError(Exception): pass\nraise JSIIError('\\n  what was wrong\\n  more')",
            1,
            "JSIIError: what was wrong (app.py, line 2)",
        ),
        ("import sys; sys.exit('streambda: error: no')", 1, "streambda: error: no"),
        (
            "class A:\n    def __del__(self): raise OSError('later')\na = A()\nint('x')",
            1,
            "ValueError: invalid literal for int() with base 10: 'x' (app.py, line 4)",
        ),
        (
            "print('Error: no such stack\\n    at new Stack\\nNode.js v22')",
            1,
            "Error: no such stack",
        ),
        ("print('panic: no such stack\\n\\ngoroutine 1 [running]:')", 1, "panic: no such stack"),
        (
            "print('Exception in thread \"main\" java.lang.A$BException: no\\n\\tat App.main')",
            1,
            'Exception in thread "main" java.lang.A$BException: no',
        ),
        (
            (
                "print('[«CannotFindEntry» no entry at f.ts\\n    ...aws-cdk-lib...\\n'\n"
                "      '    at <anonymous> (/usr/node_modules/a.js:1:1)\\n'\n"
                "      f'    at f ({__file__}:3:7)\\nRelates to construct:\\n  └─ S (Stack)]')"
            ),
            1,
            "CannotFindEntry: no entry at f.ts (app.py, line 3)",
        ),
        (
            (
                "print('[«FailedToBundleAsset» Failed to bundle asset S/F, '\n"
                "      'bundle output is located at /tmp/x: Error: spawnSync docker ENOENT\\n"
                "Relates to construct:\\n  <.> (App)]')"
            ),
            1,
            (
                "FailedToBundleAsset: Failed to bundle asset S/F: Error: spawnSync docker ENOENT; "
                "the CDK wants Docker, which does not run here; NodejsFunction needs only esbuild: "
                "npm install --save-dev esbuild"
            ),
        ),
        (
            "print('[«FailedToBundleAsset» Failed to bundle asset F: Error: spawnSync bun ENOENT')",
            1,
            (
                "FailedToBundleAsset: Failed to bundle asset F: Error: spawnSync bun ENOENT; "
                "the CDK has found a lock file of bun: install bun, or remove that file"
            ),
        ),
        (
            "print('a.ts(3,5): error TS2688: no types\\n  The file is there\\n    because')",
            1,
            "a.ts(3,5): error TS2688: no types",
        ),
        (
            (
                "print('✘ [ERROR] Could not resolve \"hono\"\\n\\n    src/f.ts:1:14:\\n'\n"
                "      '[«FailedToBundleAsset» Failed to bundle asset S/F]')"
            ),
            1,
            'Could not resolve "hono" (src/f.ts:1:14)',
        ),
        (
            "print('[ERROR] Failed to execute goal: no -> [Help 1]\\n[ERROR] [Help 1] a link')",
            1,
            "Failed to execute goal: no",
        ),
        (
            "import subprocess\nraise FileNotFoundError(2, 'No such file', 'node')",
            1,
            (
                "FileNotFoundError: [Errno 2] No such file: 'node' (app.py, line 2); the CDK needs "
                "Node.js: pip install 'streambda[node]', or install Node.js"
            ),
        ),
        (
            "raise ModuleNotFoundError(\"No module named 'aws_cdk'\")",
            1,
            (
                "ModuleNotFoundError: No module named 'aws_cdk' (app.py, line 1); pip install "
                "'streambda[cdk]', or activate the virtual environment that has it"
            ),
        ),
        (
            "print('/bin/sh: 1: node: not found')",
            1,
            "/bin/sh: 1: node: not found; install Node.js, or pip install 'streambda[node]'",
        ),
        ("import os; os._exit(7)", 7, "it has printed nothing"),
    ],
)
async def test_an_app_that_fails(script: str, status: int, said: str, tmp_path: Path) -> None:
    # What only prints stands for an app in another language.
    script = f"{script}\nraise SystemExit(1)" if script.startswith("print(") else script

    with pytest.raises(SynthesisError) as caught:
        await app(tmp_path, script).synthesise(tmp_path / "out")

    assert str(caught.value) == f"'{PYTHON} app.py' ended with exit status {status}: {said}"


async def test_an_app_whose_node_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\nexit 1\n")
    node.chmod(0o755)
    monkeypatch.setenv("JSII_NODE", str(node))

    with pytest.raises(SynthesisError, match=r"the Node\.js on PATH cannot run the CDK"):
        await app(tmp_path, "import aws_cdk").synthesise(tmp_path / "out")


async def test_an_app_without_its_npm_packages(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")

    with pytest.raises(SynthesisError, match="no node_modules: run `npm install` first"):
        await App.find("node() { exit 1; }; node app.js", tmp_path).synthesise(tmp_path / "out")
    with pytest.raises(SynthesisError, match=r"printed nothing$"):
        await App.find("exit 1", tmp_path).synthesise(tmp_path / "out")


async def test_an_app_that_forgets_to_synthesise(tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match=r"it has to call app\.synth"):
        await app(tmp_path, "").synthesise(tmp_path / "out")


async def test_who_waits_no_longer_ends_the_app(tmp_path: Path) -> None:
    script = "import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); input()"
    pid = tmp_path / "pid"
    command = f"sleep 1000 | {PYTHON} app.py"
    (tmp_path / "app.py").write_text(script)
    waiting = asyncio.ensure_future(App.find(command, tmp_path).synthesise(tmp_path / "out"))
    await wait_until(lambda: pid.exists() and pid.read_text() != "")

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await wait_until(lambda: not is_running(int(pid.read_text())))


def test_the_app_of_cdk_json(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": ["node", "app.js"]}')

    assert App.find(folder=tmp_path).command == "node app.js"


def test_no_app(tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match=r"there is no .*cdk\.json: pass --app COMMAND"):
        App.find(folder=tmp_path)

    (tmp_path / "cdk.json").write_text("{}")
    with pytest.raises(SynthesisError, match="names no app: pass --app COMMAND"):
        App.find(folder=tmp_path)


@pytest.mark.parametrize("text", ["no JSON", "[]"])
def test_settings_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text(text)

    with pytest.raises(SynthesisError, match=r"cdk\.json"):
        read_settings(tmp_path)


def test_context_as_typed() -> None:
    assert parse_context(("a=b=c", "d=")) == {"a": "b=c", "d": ""}
    for wrong in ("a", "=b"):
        with pytest.raises(SynthesisError, match="expected KEY=VALUE"):
            parse_context((wrong,))
