"""A function on the real Python layer, as `cdk deploy` would deploy it, for this machine's CPU."""

import json
from pathlib import Path

import aws_cdk as cdk
import httpx
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction
from streambda.layer import Architecture
from streambda.local import EndpointKind, LocalCloud
from tests.support import real_layer
from tests.support.endpoint_calls import FunctionLog
from tests.support.gate import serve_gate

pytestmark = [pytest.mark.layer, pytest.mark.slow, real_layer.runs_x86_64]

HANDLER = """
import json, os, socket, ssl, sys

def handler(event, context):
    libraries = {line.split()[-1] for line in open("/proc/self/maps") if "libssl" in line}
    yield json.dumps([sys.executable, sys.prefix, ssl.__file__, *libraries]) + "\\n"
    gate = int(event["queryStringParameters"]["gate"])
    with socket.create_connection(("127.0.0.1", gate), timeout=30) as waiting:
        waiting.recv(1)
    yield "second\\n"
"""


@pytest.fixture
def assembly(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    entry, outdir = tmp_path / "entry", tmp_path / "cdk.out"
    entry.mkdir()
    (entry / "app.py").write_text(HANDLER)
    x86_64, app = lambda_.Architecture.X86_64, cdk.App(outdir=str(outdir))
    stack = cdk.Stack(app, "Native")
    archive = real_layer.build_layer(tmp_path_factory.getbasetemp(), Architecture.X86_64)
    layer = PythonLayer(stack, "Layer", architecture=x86_64, archive=archive)
    function = StreamingFunction(
        stack, "Function", entry=entry, handler="app.handler", architecture=x86_64, layer=layer
    )
    function.add_function_url()
    app.synth()
    return outdir


async def test_the_layers_python_streams(assembly: Path) -> None:
    log = FunctionLog()
    async with (
        LocalCloud(assembly, log=log) as cloud,
        serve_gate() as gate,
        httpx.AsyncClient(timeout=30) as http,
    ):
        (url,) = (
            endpoint.url
            for endpoint in cloud.endpoints
            if endpoint.kind is EndpointKind.FUNCTION_URL
        )
        async with http.stream("GET", url, params={"gate": gate.port}) as response:
            chunks = response.aiter_raw()
            first = await anext(chunks)
            await gate.open()
            rest = b"".join([data async for data in chunks])
        await log.wait_for("(from the function's layer)")

    executable, prefix, *loaded = json.loads(first)
    layer = Path(prefix)
    assert rest == b"second\n"
    # The local cloud has unpacked the layer: it is neither /opt nor a Python of this machine.
    assert layer.name == "python-rt"
    assert Path(executable) == layer / "bin/python3"
    assert all(Path(path).is_relative_to(layer) for path in loaded)
