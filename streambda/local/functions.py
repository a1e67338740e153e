"""What the assembly says, once read: functions and the doors to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
    snap_start: bool = False  # each version is started from a snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrl:
    logical_id: str
    function_name: str
    streaming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaIntegration:
    function_name: str
    streaming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MockIntegration:
    """Answers by itself; the CDK makes these for CORS preflight."""

    status: int
    headers: tuple[tuple[str, str], ...]


Integration = LambdaIntegration | MockIntegration


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str  # or ANY
    path: str  # "/words/{id}/{proxy+}"
    resource_id: str
    integration: Integration | None  # None: a kind that the local cloud does not serve


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    functions: tuple[LocalFunction, ...]
    function_urls: tuple[FunctionUrl, ...]
    rest_apis: tuple[RestApi, ...]
