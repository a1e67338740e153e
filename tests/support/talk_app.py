"""Writes an assembly with one function, `Talk`, on the real runtime, with a Function URL."""

import shutil
from pathlib import Path
from typing import Any

from tests.support.local_assembly import function, url, write_assembly

ROOT = Path(__file__).parents[2]
HANDLER = ROOT / "tests" / "end_to_end" / "functions" / "talk.py"


def write_talk_app(folder: Path, **cors: Any) -> Path:
    """Writes the assembly into `folder`. `cors`: properties of the Function URL's Cors."""
    endpoint = url("Talk")
    if cors:
        endpoint["Properties"]["Cors"] = cors
    talk = function("talk.handler", FunctionName="Talk", MemorySize=256)
    return write_assembly(
        folder / "cdk.out",
        {"Talk": talk, "TalkUrl": endpoint},
        assets={"code.zip": write_code(folder / "code")},
    )


def write_code(folder: Path) -> Path:
    """The content of a function's zip, as the construct makes it."""
    source = ROOT / "lambda_src"
    shutil.copytree(source / "streambda_runtime", folder / "streambda_runtime")
    shutil.copy(source / "bootstrap", folder)
    shutil.copy(HANDLER, folder)
    return folder
