"""How long `streambda local template.yaml` takes to start beyond SAM's own translation.

Ten functions, each with a URL and a path of one REST API. A process that only translates the same
template takes turns with it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.endpoints.server_process import THIS_TREE, ServerFailed

FUNCTIONS = 10
READY = "Press Ctrl-C"

_TRANSLATE = f"""
import json, sys
from types import SimpleNamespace
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

session = SimpleNamespace(region_name="us-east-1")
with open(sys.argv[1]) as file:
    document = json.load(file)
Translator(None, Parser(), boto_session=session).translate(document, {{}}, dict)
print({READY!r}, flush=True)
"""


def can_translate() -> bool:
    """Whether `streambda[sam]` is installed."""
    return importlib.util.find_spec("samtranslator") is not None


def measure_template_start(repeats: int) -> float:
    """The median in s of what is added to SAM's translation, up to the line that says "ready"."""
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as name:
        folder = Path(name)
        translated = _write_template(folder / "translated.json", "s3://bucket/code.zip")
        template = _write_template(folder / "template.json", "src")
        (folder / "src").mkdir()
        (folder / "src" / "app.py").write_text("def handler(event, context):\n    yield 'x'\n")
        local = ["-m", "streambda", "local", str(template), "--port", "0"]
        added = [
            _start(local, folder) - _start(["-c", _TRANSLATE, str(translated)], folder)
            for _ in range(repeats)
        ]
    return statistics.median(added)


def _write_template(path: Path, code: str) -> Path:
    resources = {f"Function{number}": _make_function(number, code) for number in range(FUNCTIONS)}
    document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    path.write_text(json.dumps(document))
    return path


def _make_function(number: int, code: str) -> dict[str, Any]:
    event = {"Type": "Api", "Properties": {"Path": f"/x{number}", "Method": "get"}}
    properties = {
        "Runtime": "python3.11",
        "Handler": "app.handler",
        "CodeUri": code,
        "FunctionUrlConfig": {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"},
        "Events": {"Get": event},
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def _start(arguments: Sequence[str], folder: Path) -> float:
    """Seconds until the process says that it is ready; ends it then."""
    path = os.pathsep.join((str(THIS_TREE), str(THIS_TREE / "lambda_src")))
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if READY in line:
                taken = time.perf_counter() - started
                process.terminate()
                process.stdout.read()
                return taken
    raise ServerFailed(f"the start from a template ended with {said!r}")
