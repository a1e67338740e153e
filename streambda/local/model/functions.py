"""What the assembly says, once read: functions and the endpoints to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.local.model.access import Access, Cors, MethodAuth


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFunction:
    name: str
    short_name: str  # the last part of its path in the app
    logical_id: str
    arn: str
    handler: str
    runtime: str
    architecture: str
    environment: Mapping[str, str]
    timeout_s: float
    memory_mb: int
    code: Path | None  # a folder or a zip; None when the assembly does not hold it
    layers: tuple[Path, ...]
    inline: str | None = None  # a module's source, written in the template itself
    snap_start: bool = False  # each version is started from a snapshot
    reserved: int | None = None  # concurrency that is its own, and all it has
    log_format: str = "Text"  # or JSON
    qualifiers: frozenset[str] = frozenset()  # aliases and versions, which are one code here


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrl:
    logical_id: str
    function_name: str
    streaming: bool
    iam: bool = False  # only signed requests
    cors: Cors | None = None
    stack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaIntegration:
    function_name: str
    streaming: bool  # ResponseTransferMode is STREAM
    invokes_stream: bool = True  # its URI is the one of InvokeWithResponseStream
    timeout_s: float | None = None  # None: the service's default

    @property
    def supported(self) -> bool:
        return self.streaming == self.invokes_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class MockIntegration:
    """Answers by itself; the CDK makes these for CORS preflight."""

    status: int
    headers: tuple[tuple[str, str], ...]
    origins: tuple[str, ...] = ()  # of those that its template lets in, one is named


Integration = LambdaIntegration | MockIntegration


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str  # or ANY
    path: str  # "/words/{id}/{proxy+}"
    resource_id: str
    integration: Integration | None  # None: a kind that the local cloud does not serve
    auth: MethodAuth = field(default_factory=MethodAuth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    name: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    name: str
    logical_id: str
    stages: tuple[Stage, ...]
    routes: tuple[Route, ...]
    edge: bool = False  # served from CloudFront's edge, which is less patient
    access: Access = field(default_factory=Access)
    stack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What an app has on AWS and not here."""

    type: str
    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    functions: tuple[LocalFunction, ...]
    function_urls: tuple[FunctionUrl, ...]
    rest_apis: tuple[RestApi, ...]
    gaps: tuple[Gap, ...] = ()
