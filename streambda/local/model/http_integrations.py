"""Methods and routes that call a URL: integrations of the types HTTP_PROXY and HTTP. No I/O."""

from dataclasses import dataclass

# A name and the expression of its value, such as ("header.X-Id", "method.request.header.X-Id").
Mappings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedResponse:
    """A response of an HTTP integration, chosen by the status of the backend.

    Args:
        pattern: A regular expression for that status; "" is any that no other has.
        headers: What the client gets, each with an expression for its value.
    """

    status: int
    pattern: str = ""
    headers: Mappings = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpIntegration:
    """Args:
    uri: Its {names} come from `parameters`, its ${stageVariables.NAME} from the stage.
    method: None is that of the request.
    proxy: Whether its type is HTTP_PROXY, which passes on all of a request and of a response.
    parameters: By "path.NAME", "querystring.NAME" and "header.NAME".
    responses: Of the type HTTP.
    timeout_s: None is the service's default.
    verify: Whether the backend's certificate has to be valid.
    """

    uri: str
    method: str | None = None
    proxy: bool = True
    streaming: bool = False
    parameters: Mappings = ()
    responses: tuple[MappedResponse, ...] = ()
    timeout_s: float | None = None
    verify: bool = True

    @property
    def kind(self) -> str:
        return "HTTP_PROXY" if self.proxy else "HTTP"
