"""What of a template is not understood: each is a line at the start. No I/O."""

from collections.abc import Mapping
from typing import Any

from streambda.local.model.assembly import UnsupportedResource

TEMPLATE = "template"


class Gaps:
    """Collects them while one template is read.

    Args: `resources` are those of the template, as it is written.
    """

    def __init__(self, resources: Mapping[str, Any]) -> None:
        self._resources = resources
        self._found: dict[UnsupportedResource, None] = {}

    def __iter__(self) -> Any:
        return iter(tuple(self._found))

    def add(self, name: str, reason: str) -> None:
        """`name` is a logical id, or what else of the template is meant."""
        resource = self._resources.get(name)
        kind = resource.get("Type") if isinstance(resource, dict) else None
        gap = UnsupportedResource(type=str(kind or TEMPLATE), name=name, reason=reason, wrong=True)
        self._found.setdefault(gap)

    def add_at(self, path: tuple[str, ...], reason: str) -> None:
        """`path` is where in the template, as ("Resources", "Words", "Properties", …)."""
        if path[:1] == ("Resources",) and len(path) > 1:
            self.add(path[1], reason)
        else:
            self.add(".".join(path[:2]) or TEMPLATE, reason)
