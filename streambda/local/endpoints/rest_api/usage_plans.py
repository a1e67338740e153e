"""API keys, and the throttles and quotas of their usage plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.limits.token_bucket import TokenBucket
from streambda.local.model.rest_api_access import Quota, Throttle, UsagePlan

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A valid key of a stage, and its plan."""

    key_id: str
    plan: UsagePlan


class UsagePlans:
    """Counts the requests per plan and key. Args: `clock` gives seconds since 1970."""

    def __init__(self, plans: Sequence[UsagePlan], clock: Clock) -> None:
        self._plans = plans
        self._clock = clock
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._used: dict[tuple[str, str, str], int] = {}

    def find(self, value: str | None, stage: str) -> KeyUse:
        """Raises `GatewayRefusal` for a key that no plan of this stage has."""
        for plan in self._plans:
            if value is not None and stage in plan.stages and value in plan.keys:
                return KeyUse(plan.keys[value], plan)
        raise GatewayRefusal(GatewayError.INVALID_API_KEY)

    def count(self, use: KeyUse) -> None:
        """Counts one request. Raises `GatewayRefusal` if it is one too many."""
        if use.plan.throttle and not self._find_bucket(use, use.plan.throttle).try_take():
            raise GatewayRefusal(GatewayError.THROTTLED)
        if use.plan.quota:
            self._count_in_period(use, use.plan.quota)

    def _find_bucket(self, use: KeyUse, throttle: Throttle) -> TokenBucket:
        name = (use.plan.id, use.key_id)
        if name not in self._buckets:
            self._buckets[name] = TokenBucket(
                rate=throttle.rate_per_s, burst=throttle.burst, clock=self._clock
            )
        return self._buckets[name]

    def _count_in_period(self, use: KeyUse, quota: Quota) -> None:
        name = (use.plan.id, use.key_id, find_period(quota.period, self._clock()))
        used = self._used.get(name, 0)
        if used >= quota.limit:
            raise GatewayRefusal(GatewayError.QUOTA_EXCEEDED)
        self._used[name] = used + 1


def find_period(kind: str, now_s: float) -> str:
    """The first day of the DAY, WEEK or MONTH that this moment is in, in UTC."""
    day = datetime.fromtimestamp(now_s, UTC).date()
    if kind == "WEEK":
        day -= timedelta(days=day.weekday())
    elif kind == "MONTH":
        day = day.replace(day=1)
    return day.isoformat()
