"""The pytest fixture `streambda_cloud`: runs your app in the local cloud for your tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from streambda.local.blocking import BlockingCloud

    StreambdaCloud = Callable[..., BlockingCloud]


@pytest.fixture(scope="session")
def streambda_cloud() -> "Iterator[StreambdaCloud]":
    """Starts local clouds, each on free ports; they end with the session.

    Call it with `app="python app.py"` (also `folder=` and `context=`), with `assembly=`, or with
    `template="template.yaml"`. All other arguments are those of `streambda.local.LocalCloud`.
    Synthesis takes seconds: call it in a fixture of your own with the scope "session" or "module".
    """
    # pytest loads this plugin in every project where streambda is installed, and few use it.
    try:
        from streambda.local.blocking import blocking_cloud
        from streambda.local.model.errors import LocalCloudError
    except ModuleNotFoundError as error:
        pytest.fail(f"streambda_cloud: {error}", pytrace=False)

    with ExitStack() as stack:

        def start(**arguments: Any) -> "BlockingCloud":
            try:
                return stack.enter_context(blocking_cloud(**arguments))
            except LocalCloudError as error:
                said = str(error)
            # One line: a traceback through this plugin helps nobody, nor the same line as a cause.
            pytest.fail(f"streambda_cloud: {said}", pytrace=False)

        yield start
