"""Packages of layers, and those that a Node.js function must not find."""

import json
from pathlib import Path

import pytest

from streambda.local import LocalCloud
from tests.support.local_assembly import function, write_assembly


def write_package(folder: Path, name: str, source: str, **more: str) -> None:
    package = folder / "node_modules" / name
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": name, "main": "index.js", **more}))
    (package / "index.js").write_text(source)


@pytest.mark.parametrize("version", [20, 24])  # 20, where there is one, has other hooks
async def test_layers_and_what_lies_around(tmp_path: Path, version: int) -> None:
    """`import` finds a layer's packages, and neither it nor `require` those of the app's folder.

    Nor does the app's package.json say what a function's files are. What NODE_OPTIONS imports is
    found in a layer too.
    """
    write_package(tmp_path / "layer" / "nodejs", "layered", "module.exports = 'a layer'")
    write_package(tmp_path / "layer" / "nodejs", "tracer", "globalThis.traces = 'from the start'")
    write_package(tmp_path, "outer", "module.exports = 'outer'")
    write_package(tmp_path, "@aws-sdk/client-s3", "module.exports = 'the SDK'")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.js").write_text(
        "exports.handler = async () => {\n"
        "  const found = await import('layered');\n"
        "  const outer = await import('outer').catch((error) => error.code);\n"
        "  let required;\n"
        "  try { require('outer') } catch (error) { required = error.code }\n"
        "  const sdk = await import('@aws-sdk/client-s3');\n"
        "  return [found.default, require('layered'), outer, required, sdk.default, traces];\n"
        "};\n"
    )
    resources = {
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "assets", "S3Key": "layer.zip"}},
        },
        "Words": function(
            "index.handler",
            FunctionName="Words",
            Runtime=f"nodejs{version}.x",
            MemorySize=256,
            Code={"S3Bucket": "assets", "S3Key": "app.zip"},
            Layers=[{"Ref": "Layer"}],
            Environment={"Variables": {"NODE_OPTIONS": "--import tracer"}},
        ),
    }
    assets = {"app.zip": code, "layer.zip": tmp_path / "layer"}
    written = write_assembly(tmp_path / "cdk.out", resources, assets=assets)
    async with LocalCloud(written, sources=tmp_path) as cloud:
        chunks = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    missing = "ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"
    expected = ["a layer", "a layer", *missing, "the SDK", "from the start"]
    assert json.loads(b"".join(chunks)) == expected
