"""A function and its URL, as the templates of an assembly describe them. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.local.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFunction:
    """AWS::Lambda::Function, with its code and layers found on disk."""

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
    reserved_concurrency: int | None = None  # None: the local cloud's own limit counts
    log_format: str = "Text"  # or JSON
    role: str = ""  # its ARN
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    layer_arns: tuple[str, ...] = ()  # also of layers that are not here
    missing_layers: tuple[str, ...] = ()  # the ARNs of those
    qualifiers: frozenset[str] = frozenset()  # aliases and versions; all of them are this code
    # Variables whose value exists only after deployment, and what each of them needs.
    unresolved: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Its account and region, as its ARN names them."""
        _, _, _, region, account_id, *_ = self.arn.split(":")
        return Place(region=region, account_id=account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """AWS::Lambda::Url Cors."""

    allow_credentials: bool = False
    allow_headers: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrl:
    """AWS::Lambda::Url."""

    logical_id: str
    function_name: str
    streaming: bool
    iam: bool = False  # only signed requests
    cors: Cors | None = None
    stack: str = ""
    qualifier: str | None = None  # the alias that it is for

    @property
    def id(self) -> str:
        """Of all URLs: two stacks may have the same logical id."""
        return f"{self.stack}/{self.logical_id}"
