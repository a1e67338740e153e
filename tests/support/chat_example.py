"""The chat example, copied and running; its own model waits at a gate between two words."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.examples import synthesise_example
from tests.support.python_with_packages import write_python
from tests.support.templates import ROOT
from tests.support.web_requests import Gate

SLEEP = "time.sleep(0.05)"
GATE = """
from pathlib import Path


def wait():
    with Path({gate!r}).open("rb", buffering=0) as fifo:
        fifo.read(1)
"""


class ChatExample:
    """Its assembly, and the clouds that run it."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self.gate = Gate(work)
        app = shutil.copytree(ROOT / "examples/chat", work / "app")
        model = app / "src/model.py"
        text = model.read_text("utf-8")
        assert text.count(SLEEP) == 1
        text = text.replace(SLEEP, "gate.wait()").replace(
            "import json\n", "import gate\nimport json\n"
        )
        model.write_text(text, "utf-8")
        (app / "src/gate.py").write_text(GATE.format(gate=str(self.gate.file)))
        synthesise_example(app, work / "cdk.out", work)

    @contextmanager
    def run(self, **variables: str) -> Iterator[BlockingCloud]:
        """Runs both functions with these variables."""
        variables["STREAMBDA_PYTHON"] = str(write_python(self._work))
        file = self._work / "variables.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        with blocking_cloud(assembly=self._work / "cdk.out", env_file=file) as cloud:
            yield cloud
