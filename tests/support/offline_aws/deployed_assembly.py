"""Writes a deployed function as an assembly, which the local cloud can run.

Its code and layers are the bytes that AWS has; it has a Function URL like the deployed one.
"""

from pathlib import Path

from tests.support.local_assembly import function, url, write_assembly
from tests.support.offline_aws.deployed_resources import DeployedFunction

COPIED_PROPERTIES = ("Architectures", "FunctionName", "MemorySize", "Runtime", "Timeout")


def write_deployed_assembly(deployed: DeployedFunction, folder: Path) -> Path:
    """Writes an assembly with this one function. Returns its folder."""
    folder.mkdir()
    assets = {"code.zip": folder / "code.zip"}
    assets["code.zip"].write_bytes(deployed.code)
    configuration, layers = deployed.configuration, {}
    for number, content in enumerate(deployed.layers):
        key = f"layer{number}.zip"
        assets[key] = folder / key
        assets[key].write_bytes(content)
        layers[f"Layer{number}"] = {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "assets", "S3Key": key}},
        }
    resources = {
        "Function": function(
            configuration["Handler"],
            Layers=[{"Ref": name} for name in layers],
            **{name: configuration[name] for name in COPIED_PROPERTIES},
        ),
        "Url": url("Function", (deployed.url or {})["InvokeMode"]),
        **layers,
    }
    return write_assembly(folder, resources, assets=assets)
