"""The two apps, each with a folder of its own, where earlier rounds left an assembly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

APPS = Path(__file__).with_name("apps")
FLAGS = {
    "@aws-cdk/core:annotationsInValidationReport": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
}


class SynthFailed(Exception):
    """An app of the benchmark ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    name: str
    script: Path
    code: Path  # the handler's folder, or the folder that is to be uploaded
    layer: Path
    out: Path

    def synthesise(self) -> float:
        """Synthesises as the CDK CLI does; returns the seconds from process start to exit."""
        environment = {
            **os.environ,
            "CDK_OUTDIR": str(self.out),
            "CDK_CONTEXT_JSON": json.dumps(FLAGS),
        }
        command = [sys.executable, *map(str, (self.script, self.layer, self.code))]
        began = time.perf_counter()
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        taken = time.perf_counter() - began
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SynthFailed(f"{self.name}: {last}")
        return taken

    def count_resources(self) -> Counter[str]:
        template = json.loads((self.out / "Bench.template.json").read_text())
        return Counter(resource["Type"] for resource in template["Resources"].values())

    def asset_times(self) -> dict[str, int]:
        """Asset file -> when it was written, which changes if it is bundled again."""
        files = (path for folder in self.out.glob("asset.*") for path in folder.rglob("*"))
        return {str(path): path.stat().st_mtime_ns for path in files}


def make_subjects(folder: Path) -> tuple[Subject, Subject]:
    """Ours and the plain one, synthesised once: the plain one's code is an asset of ours."""
    layer, entry = folder / "layer.zip", folder / "entry"
    with zipfile.ZipFile(layer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("python-rt/bin/python3"), "")
    entry.mkdir()
    (entry / "app.py").write_text("def handler(event, context):\n    yield b'hello'\n")
    ours = Subject(
        name="ours", script=APPS / "ours.py", code=entry, layer=layer, out=folder / "ours"
    )
    ours.synthesise()
    [code] = (path for path in ours.out.glob("asset.*") if path.is_dir())
    plain = Subject(
        name="plain", script=APPS / "plain.py", code=code, layer=layer, out=folder / "plain"
    )
    plain.synthesise()
    return ours, plain
