"""A FastAPI app behind the real Lambda Web Adapter, as AWS's own sample has it in its template.

The adapter is built by `make bench` (benchmarks/runtime/peers.py). Where it is not, tests are
skipped.
"""

import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from tests.support.local_assembly import function

ADAPTER = Path(__file__).parents[2] / ".tools/bench/peers/lambda_web_adapter/bin/lambda-adapter"

LAYER_ARN = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"

WRAPPER = """#!/bin/sh
exec "$LAMBDA_TASK_ROOT/$_HANDLER"
"""

# The packages are those of the tests, in place of the ones that a build would put beside the app.
# So the runtime is that of their Python: some of them have native code.
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
START = """#!/bin/sh
PYTHONPATH=$LAMBDA_TASK_ROOT:{packages} exec python -m uvicorn --port=$PORT main:app
"""

APP = """
import asyncio
import os
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def pass_gate(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read(1)
    writer.close()


@app.get("/words")
async def words(count: int, pause: float):
    async def stream():
        for number in range(count):
            yield f"data: word {number}\\n\\n"
            await asyncio.sleep(pause)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.get("/{path:path}")
async def gated(gate: int):
    async def stream():
        yield "one"
        await pass_gate(gate)
        yield "two"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"x-a": "1"})


@app.get("/")
async def ready():
    return {}
"""


def write_layer(folder: Path) -> Path:
    (folder / "extensions").mkdir(parents=True)
    shutil.copy(ADAPTER, folder / "extensions" / "lambda-adapter")
    write_script(folder / "bootstrap", WRAPPER)
    return folder


def write_app(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(APP)
    write_script(folder / "run.sh", START.format(packages=sysconfig.get_path("purelib")))
    return folder


def write_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def adapted_function(port: int, **properties: Any) -> dict[str, Any]:
    """As in the sample's template; its code is `app.zip`."""
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream",
        "PORT": str(port),
    }
    return function(
        "run.sh",
        Runtime=RUNTIME,
        MemorySize=512,
        Timeout=60,
        Layers=[LAYER_ARN],
        Environment={"Variables": variables},
        Code={"S3Bucket": "assets", "S3Key": "app.zip"},
        **properties,
    )
