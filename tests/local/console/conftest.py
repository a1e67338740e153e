"""The local cloud of tests/local, with its console."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.limits.limits import Limits
from tests.local.conftest import LogLines
from tests.support.console_clients import ConsoleClient
from tests.support.endpoint_clouds import running

# These tests do not need AWS's bandwidth, which would cost seconds.
UNLIMITED = EndpointOptions(limits=Limits.none())


@pytest.fixture
async def cloud(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> AsyncIterator[LocalCloud]:
    async with running(tmp_path, resources, UNLIMITED, lines, concurrency=3, console=True) as cloud:
        yield cloud


@pytest.fixture
async def api(cloud: LocalCloud) -> AsyncIterator[ConsoleClient]:
    assert cloud.console_url
    async with ConsoleClient(cloud.console_url) as client:
        yield client
