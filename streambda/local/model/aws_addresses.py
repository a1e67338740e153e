"""Addresses as AWS would give them to function URLs and APIs of an app. No I/O.

They are made up before there is a port, in the form that AWS's have, since templates take them
apart and put other parts behind them. `Inventory` puts the addresses of here in their place.
"""

import re

from streambda.local.model.place import Place

FUNCTION_URL = re.compile(r"https://(?P<stack>[\w-]+)-(?P<name>\w+)\.lambda-url\.[\w-]+\.on\.aws")
EXECUTE_API = re.compile(
    r"https://(?P<api>[\w-]+)\.execute-api\.[\w-]+\.[a-z0-9.-]+(?:/(?P<stage>[\w-]+))?/?"
)


def make_function_url(stack: str, logical_id: str, place: Place) -> str:
    """With a hyphen, which no real one has before its region; the same id may be in two stacks."""
    return f"https://{stack}-{logical_id}.lambda-url.{place.region}.on.aws/"


def make_api_endpoint(logical_id: str, place: Place, scheme: str = "https") -> str:
    """As `Fn::Sub` would spell it out, with the id that Ref gives."""
    return f"{scheme}://{logical_id}.execute-api.{place.region}.{place.url_suffix}"
