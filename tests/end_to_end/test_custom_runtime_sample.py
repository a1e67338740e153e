"""A public sample of a custom runtime in Python, run as the foreign `provided.al2023` that it is.

Its zip has a bootstrap, a runtime and a generator for a handler; its Python comes from a layer. Its
clients are boto3 and curl, and each line of its troubleshooting fails here, and is mended.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.local.conftest import Sdk
from tests.support.gate import Gate, serve_gate
from tests.support.no_tls import NO_TLS
from tests.support.sample_runtime import VERSION, write_function_zip, write_python_layer
from tests.support.wait_until import wait_until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  PythonLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: python-layer, CompatibleRuntimes: [provided.al2023]}
  StreamingDemo:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: streaming-demo
      Runtime: provided.al2023
      Handler: lambda_function.lambda_handler
      CodeUri: function.zip
      Timeout: 60
      Layers: [!Ref PythonLayer]
      Environment: {Variables: {GATE: "%s"}}
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}
"""
SENTENCE = "Test streaming on AL2023"
LINES = [{"word": word, "index": index, "total": 4} for index, word in enumerate(SENTENCE.split())]
EVENT = json.dumps({"sentence": SENTENCE}).encode()


class Sample:
    def __init__(self, folder: Path, gate: Gate) -> None:
        self.gate = gate
        self.template = TEMPLATE % gate.port
        self.lines: list[str] = []
        self._folder = folder
        write_python_layer(folder / "python-layer")
        write_function_zip(folder / "function.zip")

    def zip_without_chmod(self) -> None:
        write_function_zip(self._folder / "function.zip", bootstrap_mode=0o644)

    def name_opt(self) -> None:
        """As on Lambda, where layers are there."""
        write_function_zip(self._folder / "function.zip", opt="/opt")

    def replace(self, old: str, new: str) -> None:
        assert old in self.template
        self.template = self.template.replace(old, new)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[LocalCloud]:
        path = self._folder / "template.yaml"
        path.write_text(self.template)
        async with LocalCloud(path, log=lambda _, line: self.lines.append(line)) as cloud:
            yield cloud


@pytest.fixture
async def sample(tmp_path: Path) -> AsyncIterator[Sample]:
    async with serve_gate() as gate:
        yield Sample(tmp_path, gate)


async def test_boto3_prints_each_word_before_the_next_is_made(sample: Sample) -> None:
    async with sample.serve() as cloud:
        sdk = Sdk(cloud.lambda_url)
        events = await sdk.stream(FunctionName="streaming-demo", Payload=EVENT)
        for number, line in enumerate(LINES):
            if number:
                await sample.gate.open()
            chunk = (await anext(events))["PayloadChunk"]["Payload"]
            assert json.loads(chunk) == line
        assert [event async for event in events] == [{"InvokeComplete": {}}]
        sdk.close()
        # The runtime prints it after the client has everything.
        await wait_until(lambda: any("Stream complete: 4 chunks" in line for line in sample.lines))

    said = [line for line in sample.lines if line.startswith("[INFO] ")]
    assert said[0] == "[INFO] Lambda custom runtime starting..."
    assert said[2] == "[INFO] Handler imported successfully"
    assert "cold start with its own bootstrap" in sample.lines


async def test_curl_prints_each_word_before_the_next_is_made(sample: Sample) -> None:
    async with sample.serve() as cloud:
        process = await asyncio.create_subprocess_exec(
            *("curl", "-s", "--no-buffer", "-X", "POST", cloud.function_url("streaming-demo")),
            *("-H", "Content-Type: application/json", "-d", EVENT.decode()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            for number, line in enumerate(LINES):
                if number:
                    await sample.gate.open()
                assert json.loads(await process.stdout.readline()) == line
            assert await process.stdout.read() == b""
            assert await process.wait() == 0


async def test_its_error_before_the_first_word(sample: Sample) -> None:
    async with sample.serve() as cloud:
        sdk = Sdk(cloud.lambda_url)
        answer = await sdk.call("invoke", FunctionName="streaming-demo", Payload=b"{}")
        sdk.close()

    assert answer["FunctionError"] == "Unhandled"
    error = {"errorType": "KeyError", "errorMessage": "'sentence'"}
    assert json.loads(answer["Payload"].read()) == error


# What is wrong in its troubleshooting, and what the caller gets.
BROKEN: dict[str, tuple[Callable[[Sample], None], str, str]] = {
    "the bootstrap is not executable": (
        Sample.zip_without_chmod,
        "Runtime.InvalidEntrypoint",
        "fork/exec /var/task/bootstrap: permission denied",
    ),
    "the layer is not attached, exit 127": (
        lambda sample: sample.replace("Layers: [!Ref PythonLayer]", ""),
        "Runtime.ExitError",
        "Runtime exited with error: exit status 127",
    ),
    "the bootstrap names /opt, exit 127": (
        Sample.name_opt,
        "Runtime.ExitError",
        "Runtime exited with error: exit status 127",
    ),
    "the handler is not in the zip": (
        lambda sample: sample.replace("lambda_function.lambda_handler", "other.handler"),
        "ModuleNotFoundError",
        "No module named 'other'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_line_of_its_troubleshooting(case: str, sample: Sample) -> None:
    break_it, error_type, message = BROKEN[case]
    break_it(sample)

    async with sample.serve() as cloud:
        sdk = Sdk(cloud.lambda_url)
        arguments: dict[str, Any] = {"FunctionName": "streaming-demo", "LogType": "Tail"}
        answer = await sdk.call("invoke", **arguments, Payload=EVENT)
        sdk.close()

    report = json.loads(answer["Payload"].read())
    assert report["errorType"] == error_type
    assert message in report["errorMessage"]
    assert error_type in b64decode(answer["LogResult"]).decode()


async def test_a_function_url_that_does_not_stream(sample: Sample) -> None:
    """The whole response at once; before that nothing, not even a status."""
    sample.replace("RESPONSE_STREAM", "BUFFERED")

    async with (
        sample.serve() as cloud,
        httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as http,
    ):
        url, headers = cloud.function_url("streaming-demo"), {"Content-Type": "application/json"}
        request = asyncio.create_task(http.post(url, content=EVENT, headers=headers))
        for _ in LINES[1:]:
            arrival = await sample.gate.wait_for_arrival()
            assert not request.done()
            await sample.gate.let_through(arrival)
        reply = await request

    assert reply.status_code == 200
    assert [json.loads(line) for line in reply.text.splitlines()] == LINES


async def test_the_log_tells_of_a_bootstrap_that_names_opt(sample: Sample) -> None:
    sample.name_opt()

    async with sample.serve() as cloud:
        sdk = Sdk(cloud.lambda_url)
        await sdk.call("invoke", FunctionName="streaming-demo", Payload=EVENT)
        sdk.close()

    program = f"bin/{VERSION}"
    said = f"its own bootstrap (it names /opt/{program}, which is $STREAMBDA_OPT/{program} here)"
    assert f"cold start with {said}" in sample.lines
