"""How an MCP server is set up for Lambda: on the session manager and the server of the SDK.

What the SDK has a place for is said there. A name with an underscore is used only where the SDK
has no other.
"""

from __future__ import annotations

import os
from importlib import import_module

from ..logs import log
from .mcp_requests import LISTEN, Entrance, end_listening, serve_in_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

KEYS_VARIABLE = "STREAMBDA_REQUEST_STATE_KEYS"  # set by StreamingFunction.add_request_state_key
# What Lambda delivers at most (the whole event); the SDK's default is 4 MiB.
MAX_BODY_BYTES = 6 * 1024 * 1024


class McpSettings:
    """The settings of `mcp`. `apply` says them to what the SDK has made."""

    def __init__(
        self,
        *,
        stateless: bool,
        allowed_hosts: Iterable[str],
        allowed_origins: Iterable[str],
        request_state_keys: Sequence[str | bytes] | None,
        subscriptions: bool | None,
    ) -> None:
        self._stateless = stateless
        self._hosts = _check_texts("allowed_hosts", allowed_hosts)
        self._origins = _check_texts("allowed_origins", allowed_origins)
        if request_state_keys is None:
            request_state_keys = _read_keys(os.environ.get(KEYS_VARIABLE, ""))
        self._codec = _make_codec(request_state_keys) if request_state_keys else None
        self._subscriptions = subscriptions
        self._servers: set[int] = set()  # one may have several session managers

    def apply(self, manager: Any) -> None:
        """Sets up one session manager of the SDK, and its server. Does nothing the second time."""
        if isinstance(manager.asgi_app, Entrance):
            return
        manager.stateless = self._stateless
        security = self._make_security(manager)
        manager.security_settings = security
        limit = manager.asgi_app
        default = import_module("mcp.server.transport_security").DEFAULT_MAX_REQUEST_BODY_SIZE
        if limit.max_body_size == default:  # another one is the author's
            limit.max_body_size = MAX_BODY_BYTES
        manager.asgi_app = Entrance(limit, security, has_sessions=not self._stateless)
        server = manager.app
        if id(server) not in self._servers:
            self._servers.add(id(server))
            server.middleware.insert(0, serve_in_time)
            self._share_state(server)
            self._bound_subscriptions(server)

    def _make_security(self, manager: Any) -> Any:
        """The check of hosts and origins: that of the app, and the names that are given here."""
        kind = import_module("mcp.server.transport_security").TransportSecuritySettings
        hosts, origins = [*self._hosts], [*self._origins]
        own = manager.security_settings
        if own is not None:
            is_fast = type(manager).__module__.startswith("fastmcp.")  # it always says no
            if not own.enable_dns_rebinding_protection and not is_fast:
                return own  # the author's decision
            hosts += own.allowed_hosts
            origins += own.allowed_origins
        return kind(allowed_hosts=hosts, allowed_origins=origins)

    def _share_state(self, server: Any) -> None:
        """Has `requestState` sealed with the keys that all environments share."""
        state = import_module("mcp.server.request_state")
        for position, boundary in enumerate(server.middleware):
            if isinstance(boundary, state.RequestStateBoundary):
                policy = boundary._security
                if not isinstance(policy.codec, state.AESGCMRequestStateCodec):
                    return  # the author's own, such as one that asks KMS
                if self._codec is None:
                    policy.codec = _UnsharedCodec(policy.codec)
                    return
                shared = state.RequestStateSecurity(
                    codec=self._codec,
                    ttl=policy.ttl,
                    bind_principal=policy.bind_principal,
                    audience=policy.audience,
                )
                audience = _find_audience(server, boundary._audience)
                server.middleware[position] = state.RequestStateBoundary(
                    shared, default_audience=audience
                )
                return
        if self._codec is not None:  # a low-level Server has none of its own
            shared = state.RequestStateSecurity(codec=self._codec)
            server.middleware.append(
                state.RequestStateBoundary(shared, default_audience=server.name)
            )

    def _bound_subscriptions(self, server: Any) -> None:
        """Leaves `subscriptions/listen` away, or ends its streams in time.

        A stream for events of this process alone would be silent until the function's timeout: the
        environment serves nobody else meanwhile.
        """
        entry = server.get_request_handler(LISTEN)
        if entry is None:
            return
        is_served = self._subscriptions
        if is_served is None:
            events = import_module("mcp.server.subscriptions")
            bus = getattr(entry.handler, "_bus", None)
            is_served = not isinstance(bus, events.InMemorySubscriptionBus)
        if is_served:
            server.add_request_handler(LISTEN, entry.params_type, end_listening(entry.handler))
        else:
            del server._request_handlers[LISTEN]  # its capabilities then say so


class _UnsharedCodec:
    """Seals with the key of this process; the log tells, for another environment cannot open it."""

    def __init__(self, codec: Any) -> None:
        self._codec = codec
        self._has_told = False
        self.unseal = codec.unseal

    def seal(self, payload: bytes) -> str:
        """Seals a state; tells the first time."""
        if not self._has_told:
            self._has_told = True
            log(
                "requestState is sealed with a key that other environments do not have, if you have"
                " not given the server one: call add_request_state_key() of its StreamingFunction"
            )
        sealed: str = self._codec.seal(payload)
        return sealed


def _find_audience(server: Any, audience: str | None) -> str | None:
    """The audience of `requestState`; the name that FastMCP makes up is another in each process."""
    made_up = getattr(type(getattr(server, "fastmcp", None)), "__name__", "")
    name, dash, suffix = (audience or "").rpartition("-")
    if dash and name == made_up and len(suffix) == 4:
        return name
    return audience


def _read_keys(text: str) -> list[str]:
    # The local cloud has the reference to a secret in place of the secret: one text for all.
    return [text] if text.startswith("{{resolve:") else text.split()


def _make_codec(keys: Sequence[str | bytes]) -> Any:
    codec = import_module("mcp.server.request_state").AESGCMRequestStateCodec
    try:
        return codec(keys)
    except (TypeError, ValueError) as error:
        message = f"mcp: request_state_keys, or those of {KEYS_VARIABLE}: {error}"
        raise type(error)(message) from None


def _check_texts(name: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        raise TypeError(f"mcp: {name} is {values!r}, expected a list such as [{values!r}]")
    return list(values)
