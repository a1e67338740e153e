"""The fixture `streambda_cloud`: tests of an app of yours, against the local cloud."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from streambda.local.blocking import BlockingCloud

    StreambdaCloud = Callable[..., BlockingCloud]


@pytest.fixture(scope="session")
def streambda_cloud() -> "Iterator[StreambdaCloud]":
    """Starts local clouds, each on free ports, which end with the session.

    Call it with `app="python app.py"` and perhaps `folder=` and `context=`, or with `assembly=`;
    all else goes to `streambda.local.LocalCloud`. Synthesising takes seconds: call it in a fixture
    of your own with the scope "session" or "module".
    """
    # Every session of every project with streambda loads this plugin: few use it.
    from streambda.local.blocking import blocking_cloud
    from streambda.local.model.errors import LocalCloudError

    with ExitStack() as stack:

        def start(**arguments: Any) -> "BlockingCloud":
            try:
                return stack.enter_context(blocking_cloud(**arguments))
            except LocalCloudError as error:
                # One line: where in this plugin it was raised helps nobody.
                pytest.fail(f"streambda_cloud: {error}", pytrace=False)

        yield start
