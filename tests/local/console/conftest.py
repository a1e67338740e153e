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
from tests.local.door_clouds import running

# Bandwidth is not what is looked at here, and costs seconds.
UNLIMITED = DoorOptions(limits=Limits.none())


@pytest.fixture
async def cloud(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> AsyncIterator[LocalCloud]:
    async with running(tmp_path, resources, UNLIMITED, lines, concurrency=3, console=True) as made:
        yield made


@pytest.fixture
async def api(cloud: LocalCloud) -> AsyncIterator[Api]:
    assert cloud.console_url
    async with Api(cloud.console_url) as client:
        yield client
