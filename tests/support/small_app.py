"""An app without the CDK, which writes an assembly at once: `src` is the functions' code.

`src/functions.json` holds the resources of its template.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streambda.local.synthesis.app import App
from tests.support.local_assembly import write_bootstrap

ROOT = Path(__file__).parents[2]

SCRIPT = """
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from tests.support.local_assembly import write_assembly

print("synthesising", file=sys.stderr)
resources = json.loads(Path("src/functions.json").read_text())
files = sorted(path for path in Path("src").iterdir() if path.is_file())
digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
out = Path(os.environ["CDK_OUTDIR"])
asset = out / f"asset.{digest}"
ignore = shutil.ignore_patterns("functions.json")
shutil.copytree("src", asset, dirs_exist_ok=True, ignore=ignore)
write_assembly(out, resources, assets={"code.zip": asset})
"""


def write_app(folder: Path, resources: Mapping[str, Any]) -> App:
    """Its sources are src/functions.json, src/bootstrap and app.py."""
    write_bootstrap(folder / "src")
    (folder / "app.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{SCRIPT}")
    (folder / "cdk.json").write_text(json.dumps({"app": f"{shlex.quote(sys.executable)} app.py"}))
    write_resources(folder, resources)
    return App.find(folder=folder)


def write_resources(folder: Path, resources: Mapping[str, Any]) -> None:
    (folder / "src/functions.json").write_text(json.dumps(resources))
