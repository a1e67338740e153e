"""Which packages a Node.js function finds, and what is said of one that it does not find.

The AWS SDK is that of its runtime's image, from the app's folder.
"""

import json
from pathlib import Path

import pytest

from streambda.local import InvocationFailed, LocalCloud
from tests.local.conftest import LogLines
from tests.support.local_assembly import function, write_assembly

ON_LAMBDA = "is on Lambda; here, in the app's folder: npm install {}"
NOT_ON_LAMBDA = "is not on Lambda in this runtime: npm install {} in the function's folder"
NOT_IN_CODE = (
    "is not in the function's code or layers, and Lambda looks nowhere else: "
    "run `npm install` in its folder, or build the app (such as `sam build`)"
)


def write_app(folder: Path, source: str, version: int) -> Path:
    code = folder / "code"
    code.mkdir()
    (code / "index.js").write_text(source)
    # A cold start of Node.js takes long on a busy machine.
    properties = {"FunctionName": "Words", "Runtime": f"nodejs{version}.x", "MemorySize": 256}
    place = {"S3Bucket": "assets", "S3Key": "app.zip"}
    resources = {"Words": function("index.handler", Code=place, **properties)}
    return write_assembly(folder / "cdk.out", resources, assets={"app.zip": code})


@pytest.mark.parametrize(
    ("version", "name", "told"),
    [
        (24, "@aws-sdk/client-s3", ON_LAMBDA),
        (24, "aws-sdk", NOT_ON_LAMBDA),
        (16, "aws-sdk", ON_LAMBDA),
        (16, "@aws-sdk/client-s3", NOT_ON_LAMBDA),
        (24, "socket.io", NOT_IN_CODE),
        (20, "@hono/node-server", NOT_IN_CODE),
    ],
)
async def test_one_that_is_not_here(
    tmp_path: Path, lines: LogLines, version: int, name: str, told: str
) -> None:
    written = write_app(tmp_path, f"require('{name}/x')", version)
    async with LocalCloud(written, log=lambda source, line: lines.append((source, line))) as cloud:
        with pytest.raises(InvocationFailed, match=f"Cannot find module '{name}/x'"):
            _ = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    assert ("Words", f"{name} {told.format(name)}") in lines


def install(folder: Path, name: str, content: str) -> None:
    package = folder / "node_modules" / name
    package.mkdir(parents=True)
    (package / "index.js").write_text(f"module.exports = '{content}'")


@pytest.mark.parametrize(("version", "found"), [(16, ["2", "none"]), (20, ["none", "3"])])
async def test_which_one_a_runtime_has(tmp_path: Path, version: int, found: list[str]) -> None:
    install(tmp_path, "aws-sdk", "2")
    install(tmp_path, "@aws-sdk/client-s3", "3")
    source = (
        "const find = (name) => { try { return require(name) } catch { return 'none' } };\n"
        "exports.handler = async () => [find('aws-sdk'), find('@aws-sdk/client-s3')];\n"
    )
    written = write_app(tmp_path, source, version)
    async with LocalCloud(written, sources=tmp_path) as cloud:
        chunks = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    assert json.loads(b"".join(chunks)) == found


async def test_the_sdk_of_a_workspace_and_one_that_is_installed_later(tmp_path: Path) -> None:
    """Packages of a workspace lie in its root. What was missed needs no new start."""
    app = tmp_path / "packages/app"
    app.mkdir(parents=True)
    install(tmp_path, "@aws-sdk/client-s3", "3")
    source = "exports.handler = async () => require('@aws-sdk/client-s3') + require('@smithy/core')"
    written = write_app(app, source, 20)
    async with LocalCloud(written, sources=app) as cloud:
        with pytest.raises(InvocationFailed, match="Cannot find module '@smithy/core'"):
            _ = [chunk async for chunk in cloud.invoke_stream("Words", {})]
        install(app, "@smithy/core", "later")
        chunks = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    assert b"".join(chunks) == b'"3later"'
