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
from streambda.local.environments import lambda_folders
from tests.local.conftest import Sdk
from tests.support.gate import Gate, serve_gate
from tests.support.no_tls import NO_TLS
from tests.support.sample_runtime import (
    CHANGED_OPT,
    PUBLISHED_OPT,
    VERSION,
    write_function_zip,
    write_python_layer,
)
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
    def __init__(self, folder: Path, gate: Gate, opt: str) -> None:
        """Args: `opt` is where its bootstrap looks for its layer."""
        self.gate = gate
        self._opt = opt
        self.template = TEMPLATE % gate.port
        self.lines: list[str] = []
        self._folder = folder
        write_python_layer(folder / "python-layer")
        self.zip(0o755)

    def zip(self, bootstrap_mode: int) -> None:
        write_function_zip(self._folder / "function.zip", bootstrap_mode, self._opt)

    def zip_without_chmod(self) -> None:
        self.zip(0o644)

    def replace(self, old: str, new: str) -> None:
        assert old in self.template
        self.template = self.template.replace(old, new)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[LocalCloud]:
        path = self._folder / "template.yaml"
        path.write_text(self.template)
        async with LocalCloud(path, log=lambda _, line: self.lines.append(line)) as cloud:
            yield cloud


OBSTACLE = lambda_folders.find_obstacle()


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
def sample(tmp_path: Path, gate: Gate) -> Sample:
    return Sample(tmp_path, gate, CHANGED_OPT if OBSTACLE else PUBLISHED_OPT)


@pytest.fixture
def not_permitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process may have folders of its own, as in most containers."""
    monkeypatch.setattr(lambda_folders, "find_obstacle", lambda: "unshare: not permitted")


async def test_boto3_prints_each_word_before_the_next_is_made(sample: Sample) -> None:
    await assert_it_streams(sample)


async def test_it_streams_where_opt_cannot_be_shown(
    tmp_path: Path, gate: Gate, not_permitted: None
) -> None:
    await assert_it_streams(Sample(tmp_path, gate, CHANGED_OPT))


async def assert_it_streams(sample: Sample) -> None:
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


async def test_the_log_tells_why_opt_is_not_there(
    tmp_path: Path, gate: Gate, not_permitted: None
) -> None:
    sample = Sample(tmp_path, gate, PUBLISHED_OPT)

    async with sample.serve() as cloud:
        sdk = Sdk(cloud.lambda_url)
        answer = await sdk.call("invoke", FunctionName="streaming-demo", Payload=EVENT)
        sdk.close()

    error = json.loads(answer["Payload"].read())
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 127")
    program = f"bin/{VERSION}"
    why = "unshare: not permitted"
    said = f"it names /opt/{program}, which is $STREAMBDA_OPT/{program} here: {why}"
    assert f"cold start with its own bootstrap ({said})" in sample.lines
