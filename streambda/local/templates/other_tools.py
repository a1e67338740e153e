"""Files and folders of SAM and of the Serverless Framework that are not templates themselves."""

from pathlib import Path

from streambda.local.model.errors import AssemblyError

# Where these tools put what they make.
PACKAGES_OF, BUILT_BY_SAM = ".serverless", ".aws-sam"
PACKAGE_IT = f"run `npx serverless package` and pass the folder {PACKAGES_OF}"
BUILD_IT = "run `sam build` in the app's folder"

# The Serverless Framework reads one of them.
SERVERLESS_FILES = tuple(f"serverless.{suffix}" for suffix in ("yml", "yaml", "json", "js", "ts"))


def find_output(path: Path) -> Path:
    """What a tool has made of `path`; `path` itself if there is nothing of a tool."""
    if path.name in SERVERLESS_FILES and (path.parent / PACKAGES_OF).is_dir():
        return path.parent / PACKAGES_OF
    return path / "build" if path.name == BUILT_BY_SAM else path


def check_input(path: Path) -> None:
    """Raises `AssemblyError` if `path` is not a template until a tool has made one."""
    if path.suffix == ".toml":
        raise AssemblyError(
            f"{path} is not a template: pass it as --sam-config, beside the template"
        )
    if path.name in SERVERLESS_FILES and path.is_file():
        raise AssemblyError(f"{path} is of the Serverless Framework: {PACKAGE_IT}")
    if path.name == PACKAGES_OF:
        raise AssemblyError(f"{path} holds no template of the Serverless Framework: {PACKAGE_IT}")
    if any((path / name).is_file() for name in SERVERLESS_FILES):
        raise AssemblyError(f"{path} is an app of the Serverless Framework: {PACKAGE_IT}")
    if BUILT_BY_SAM in path.parts and not path.is_file():
        raise AssemblyError(f"{path} holds no template of SAM: {BUILD_IT}")
