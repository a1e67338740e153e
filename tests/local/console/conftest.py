"""The local cloud of tests/local, with its console."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from streambda.local.doors.options import DoorOptions
from streambda.local.limits.table import Limits
from tests.local.conftest import LogLines
from tests.local.console.clients import Api
from tests.support.local_assembly import write_assembly

# Bandwidth is not what is looked at here, and costs seconds.
UNLIMITED = DoorOptions(limits=Limits.none())


@pytest.fixture
async def cloud(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> AsyncIterator[LocalCloud]:
    folder = write_assembly(tmp_path / "cdk.out", resources)

    def log(name: str, line: str) -> None:
        lines.append((name, line))

    async with LocalCloud(
        folder, log=log, concurrency=3, options=UNLIMITED, console=True
    ) as running:
        yield running


@pytest.fixture
async def api(cloud: LocalCloud) -> AsyncIterator[Api]:
    assert cloud.console_url
    async with Api(cloud.console_url) as client:
        yield client
