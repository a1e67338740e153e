"""Values of mapping expressions that nothing can be sent as."""

import pytest

from streambda.local.endpoints.rest_api.mapping_expressions import read_from_request

EVENT = {"stageVariables": None, "requestContext": {"authorizer": {"who": "a\ud800"}}}


@pytest.mark.parametrize("expression", ["'a\ud800'", "context.authorizer.who"])
def test_half_a_character_is_replaced(expression: str) -> None:
    assert read_from_request(expression, EVENT) == ["a?"]
