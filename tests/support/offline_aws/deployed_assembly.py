"""A deployed function back on this machine, for the local cloud to run.

Its code and layers are the bytes that AWS has; it is behind a Function URL like the deployed one.
"""

from pathlib import Path

from tests.support.local_assembly import function, url, write_assembly
from tests.support.offline_aws.read_back import DeployedFunction

SAME = ("Architectures", "FunctionName", "MemorySize", "Runtime", "Timeout")


def lay_out(deployed: DeployedFunction, folder: Path) -> Path:
    """The folder of an assembly that holds this one function."""
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
            **{name: configuration[name] for name in SAME},
        ),
        "Url": url("Function", (deployed.url or {})["InvokeMode"]),
        **layers,
    }
    return write_assembly(folder, resources, assets=assets)
