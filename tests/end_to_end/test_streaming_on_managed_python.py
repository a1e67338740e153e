"""Streaming on managed Python with streambda's wrapper, at every endpoint."""

import shutil
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.aws_lambda import SnapStartConf

from streambda.cdk import ManagedPython, StreamingFunction, StreamingRestApi
from tests.end_to_end.conftest import FUNCTIONS
from tests.support.endpoint_calls import REST, URL, Endpoints

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"

# Lambda's image has this library; the tests need a stand-in.
SNAPSHOT_LIBRARY = """
before, after = [], []
def get_before_snapshot(): return before
def get_after_restore(): return after
"""
WITH_HOOKS = """
import os
import snapshot_restore_py
seen = ["init"]
snapshot_restore_py.before.append((seen.append, ("before",), {}))
snapshot_restore_py.after.append((seen.append, ("after",), {}))
def hooks(event, context):
    return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], *seen]
"""
FAILING_HOOK = """
import snapshot_restore_py
def connect(): raise OSError("no database")
snapshot_restore_py.after.append((connect, (), {}))
def broken(event, context): pass
"""
# Handler -> its module, its Python version, and whether it has SnapStart. A version that this
# machine does not have is replaced by the one that runs the tests.
FUNCTIONS_OF = {
    "two_chunks": ("gated", HERE, False),
    "hooks": ("with_hooks", "3.14", True),
    "broken": ("failing_hook", "3.13", True),
}


class Stack(cdk.Stack):
    """Managed functions, each behind a Function URL and a REST API resource."""

    def __init__(self, app: cdk.App, entry: Path) -> None:
        super().__init__(app, "Managed")
        api = StreamingRestApi(self, "Api")
        for name, (module, version, snap_start) in FUNCTIONS_OF.items():
            function = StreamingFunction(
                self,
                name,
                entry=entry,
                handler=f"{module}.{name}",
                runtime=ManagedPython(version),
                snap_start=SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            )
            function.add_function_url()
            api.add_stream("ANY", f"/{name}", function)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesised without the context value for no Python layer: no function here needs a layer."""
    entry = tmp_path_factory.mktemp("entry")
    shutil.copy(FUNCTIONS / "gated.py", entry)
    sources = {
        "snapshot_restore_py": SNAPSHOT_LIBRARY,
        "with_hooks": WITH_HOOKS,
        "failing_hook": FAILING_HOOK,
    }
    for name, source in sources.items():
        (entry / f"{name}.py").write_text(source)
    folder = tmp_path_factory.mktemp("managed")
    app = cdk.App(outdir=str(folder))
    Stack(app, entry)
    app.synth()
    return folder


@pytest.mark.parametrize("endpoint", [URL, REST])
async def test_http_chunk_1_arrives_before_chunk_2_can_be_made(
    endpoints: Endpoints, endpoint: str
) -> None:
    response, first, rest = await endpoints.read_at_gate(endpoint, "two_chunks")

    assert (first, rest) == (b"first\n", b"second\n")
    assert response.status_code == 201
    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]


async def test_the_sdk_gets_a_stream(endpoints: Endpoints) -> None:
    first, rest = await endpoints.events_at_gate("two_chunks")

    assert first == {"PayloadChunk": {"Payload": b"first\n"}}
    assert rest == [{"PayloadChunk": {"Payload": b"second\n"}}, {"InvokeComplete": {}}]
    await endpoints.log.wait_for(f"of the same version as the managed runtime, {HERE}")


async def test_the_hooks_of_a_snapshot_run_before_the_first_invocation(
    endpoints: Endpoints,
) -> None:
    answer = await endpoints.http.get(endpoints.address(URL, "hooks"))

    assert answer.json() == ["snap-start", "init", "before", "after"]


async def test_a_hook_that_fails_is_logged(endpoints: Endpoints) -> None:
    answer = await endpoints.http.get(endpoints.address(URL, "broken"))

    assert answer.status_code == 502
    await endpoints.log.wait_for("[ERROR] OSError: no database")
