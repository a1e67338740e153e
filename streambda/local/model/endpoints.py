"""The ways into a function that a running cloud has: what the console and the terminal show.

`streambda.local.endpoints` makes them; this is what everybody else has to know of them. No I/O.
"""

from dataclasses import dataclass
from enum import StrEnum

from streambda.local.model.constants import REGION


class EndpointKind(StrEnum):
    LAMBDA_API = "lambda-api"
    FUNCTION_URL = "function-url"
    REST_API = "rest-api"
    HTTP_API = "http-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRoute:
    """One method of a REST API, or route of an HTTP API, that invokes a function or calls a URL."""

    method: str
    path: str  # below the endpoint's URL
    streams: bool
    iam: bool = False  # only signed requests, on AWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where something can be called, once it has a port."""

    kind: EndpointKind
    name: str  # of the function, or of the API and its stage
    url: str
    streams: bool = True
    qualifier: str | None = None  # the alias that a URL is for
    iam: bool = False  # only signed requests, on AWS
    region: str = REGION  # that a signature is for
    id: str = ""  # of the URL, or of the API and its stage: STACK/LOGICAL_ID[/STAGE]
    routes: tuple[EndpointRoute, ...] = ()  # of a REST API or an HTTP API
