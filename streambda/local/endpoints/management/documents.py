"""What all documents are made from, and what a table of operations has."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.model.function_names import FunctionNames

Document = dict[str, Any]
Query = Mapping[str, str]

# The path of an operation, and the method that answers: it gets the documents, the query, and the
# parts of the path by name.
Operation = tuple[str, Callable[..., Document]]


class Documents:
    """Methods in `operations` answer. They raise `AwsError`."""

    service: ClassVar[str] = "lambda"  # that a signature is for
    operations: ClassVar[Mapping[str, Operation]] = {}  # by the name that AWS gives them

    def __init__(self, inventory: Inventory, names: FunctionNames) -> None:
        self._inventory = inventory
        self._names = names
