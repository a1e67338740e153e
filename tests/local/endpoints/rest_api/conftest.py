"""A backend that keeps what it gets."""

from collections.abc import AsyncIterator

import pytest

from tests.support.backend import Backend, serve_backend


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    async with serve_backend() as served:
        yield served
