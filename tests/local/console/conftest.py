"""The local cloud of tests/local, with its console."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.limits.limits import Limits
from tests.local.conftest import LogLines
from tests.support.console_clients import Api
from tests.support.endpoint_clouds import running

# Bandwidth is not what is looked at here, and costs seconds.
UNLIMITED = EndpointOptions(limits=Limits.none())


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
