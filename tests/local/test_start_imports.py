"""What a start does not load, since nothing of it is needed before the first invocation."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.local_assembly import write_assembly

COMMAND_LINE = "from streambda.cli import make_app; make_app()"
REPLAY = "import streambda.local.replay"
LOCAL_CLOUD = """
import asyncio, sys
from pathlib import Path
import streambda.local.serve
from streambda.local import LocalCloud

async def start():
    async with LocalCloud(Path(sys.argv[1]), console=True):
        pass

asyncio.run(start())
"""


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        (COMMAND_LINE, ("pydantic", "rich", "streambda.layer.build", "streambda.local")),
        (REPLAY, ("streambda.local.cloud", "uvicorn", "yaml")),
        (
            LOCAL_CLOUD,
            (
                "h11",
                "starlette.routing",
                "streambda.local.console.api",
                "streambda.local.endpoints.http_api",
                "streambda.local.endpoints.management.management_api",
                "streambda.local.records.record",
                "streambda.local.watch.watcher",
                "yaml",
            ),
        ),
    ],
    ids=["the command line", "replay", "the local cloud"],
)
def test_a_start_loads_nothing_that_it_does_not_need(
    code: str, unused: tuple[str, ...], tmp_path: Path
) -> None:
    assembly = write_assembly(tmp_path, {})
    told = f"{code}\nimport sys\nprint(*(one for one in {unused} if one in sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", told, str(assembly)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "\n"
