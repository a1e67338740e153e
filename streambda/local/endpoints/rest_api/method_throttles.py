"""The throttles of a stage's methods. Each method has a bucket of its own."""

from collections.abc import Callable, Sequence

from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.limits.token_bucket import TokenBucket
from streambda.local.model.rest_api_access import MethodThrottle, Throttle
from streambda.local.model.rest_apis import Route, Stage

EVERY_METHOD = "*"
EVERY_PATH = "/*"


class MethodThrottles:
    """Counts the requests of each method. Args: `clock` gives seconds, from any zero."""

    def __init__(self, stages: Sequence[Stage], clock: Callable[[], float]) -> None:
        self._throttles = {stage.name: stage.throttles for stage in stages if stage.throttles}
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}

    def count(self, stage: str, route: Route) -> None:
        """Counts one request. Raises `GatewayRefusal` if it is one too many."""
        throttle = find_throttle(self._throttles.get(stage, ()), route)
        if throttle is None:
            return
        key = (stage, route.method, route.path)
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(
                rate=throttle.rate_per_s, burst=throttle.burst, clock=self._clock
            )
        if not self._buckets[key].try_take():
            raise GatewayRefusal(GatewayError.THROTTLED)


def find_throttle(throttles: Sequence[MethodThrottle], route: Route) -> Throttle | None:
    """That of the method itself wins over that of the path, and this over that of the stage."""
    found = [
        one
        for one in throttles
        if one.method in {EVERY_METHOD, route.method} and one.path in {EVERY_PATH, route.path}
    ]
    best = max(found, key=lambda one: (one.path == route.path, one.method != "*"), default=None)
    return best.throttle if best else None
