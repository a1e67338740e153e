"""A context whose remaining time is the test's: no machine is too slow for it."""

from streambda_runtime import Context


class ScriptedContext(Context):
    """Has `left_s` seconds left when it is first asked, then the next of them, and then none."""

    def __init__(self, *left_s: float) -> None:
        super().__init__({}, {})
        self._left_s = iter(left_s)

    def get_remaining_time_in_millis(self) -> int:
        return int(next(self._left_s, 0) * 1000)
