"""`--layer`: folders and zips in place of layers that only AWS has."""

import zipfile
from pathlib import Path

import pytest

from streambda.local import LocalCloud
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.layer_names import is_layer
from streambda.local.values.layers import parse_layers
from tests.support.local_assembly import function, write_assembly

ARN = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"


@pytest.mark.parametrize(
    ("name", "named"),
    [
        (ARN, True),
        (ARN.removesuffix(":25"), True),
        ("LambdaAdapterLayerX86", True),
        (ARN.replace(":25", ":24"), False),
        ("LambdaAdapterLayer", False),
        ("25", False),
        ("", False),
    ],
)
def test_how_a_layer_is_called(name: str, named: bool) -> None:
    assert is_layer(name, ARN) is named


def test_a_layer_whose_arn_is_a_parameter() -> None:
    unknown = "<LayerArn: known after deployment>"

    assert is_layer("LayerArn", unknown)
    assert not is_layer("Layer", unknown)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "--layer x: expected ARN=FOLDER or ARN=ZIP"),
        ("x=", "--layer x=: expected ARN=FOLDER or ARN=ZIP"),
        ("x=/nowhere/a", "--layer x: there is no /nowhere/a, expected a folder or a zip"),
        (f"x={__file__}", f"--layer x: {__file__} is not a zip, expected a folder or a zip"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(LocalCloudError) as caught:
        parse_layers([text])

    assert str(caught.value) == message


def write_app(folder: Path) -> Path:
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {}}
    runtime = {"Runtime": "nodejs24.x", "MemorySize": 256}
    source = (
        "const { existsSync } = require('node:fs');\n"
        "const opt = process.env.STREAMBDA_OPT;\n"
        "exports.handler = async () => ['one', 'two'].map((name) => existsSync(`${opt}/${name}`));"
    )
    resources = {
        "Layer": layer,
        "Words": function(
            "index.handler", FunctionName="Words", Layers=[ARN], Code={"ZipFile": source}, **runtime
        ),
    }
    return write_assembly(folder / "cdk.out", resources)


@pytest.mark.parametrize("packed", [False, True])
async def test_its_files_are_in_opt(tmp_path: Path, packed: bool) -> None:
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "one").write_text("")
    if packed:
        with zipfile.ZipFile(tmp_path / "layer.zip", "w") as archive:
            archive.writestr("one", "")
        layer = tmp_path / "layer.zip"

    async with LocalCloud(write_app(tmp_path), layers=f"LambdaAdapterLayerX86={layer}") as cloud:
        chunks = [chunk async for chunk in cloud.invoke_stream("Words", {})]

        assert cloud.unsupported == ()
    assert chunks == [b"[true,false]"]


async def test_one_that_is_missing_is_named(tmp_path: Path) -> None:
    async with LocalCloud(write_app(tmp_path)) as cloud:
        [missing] = cloud.unsupported

    assert (missing.type, missing.name) == (
        "AWS::Lambda::LayerVersion",
        "LambdaAdapterLayerX86:25",
    )
    assert missing.reason == (
        "its files are on AWS, so Words runs without them: "
        "give them with --layer LambdaAdapterLayerX86=FOLDER or ZIP"
    )


async def test_one_that_no_function_has(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=f"--layer other: no function has it, expected {ARN}"):
        await LocalCloud(write_app(tmp_path), layers={"other": tmp_path}).__aenter__()
