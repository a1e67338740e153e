"""Small templates in a folder of their own, with `scripted_runtime` as the bootstrap in `src`."""

import json
from pathlib import Path
from typing import Any

from streambda.local.assembly.read_assembly import link_stacks
from streambda.local.model.assembly import Assembly
from streambda.local.model.given_values import GivenValues
from streambda.local.templates.read_template import read_template
from tests.support.local_assembly import write_bootstrap

SAM = "AWS::Serverless-2016-10-31"


def write_template(folder: Path, text: str, name: str = "template.yaml") -> Path:
    """`text` is indented as in the test; its code is `src`."""
    write_bootstrap(folder / "src")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sam(resources: str, *sections: str) -> str:
    """A template of SAM, with Globals for the scripted runtime."""
    return "\n".join([f"Transform: {SAM}", GLOBALS, *sections, "Resources:", resources])


GLOBALS = """
Globals:
  Function:
    Runtime: provided.al2023
    Handler: any
    CodeUri: src
    Timeout: 20
"""

WORDS = """
  Words:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}
      Events:
        Any:
          Type: Api
          Properties: {Path: "/{proxy+}", Method: any, ResponseTransferMode: RESPONSE_STREAM}
"""


def read(path: Path, name: str | None = "shop", **given: Any) -> Assembly:
    values = GivenValues(**given)
    folder = path.parent / "bundles"

    def make_folder() -> Path:
        folder.mkdir(exist_ok=True)
        return folder

    stack = read_template(path, values, name, make_folder)
    return link_stacks([stack], values, str(path))


def gaps(assembly: Assembly) -> list[tuple[str, str]]:
    """What is wrong in the template: names and reasons."""
    return [(one.name, one.reason) for one in assembly.unsupported if one.wrong]


def to_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2)
