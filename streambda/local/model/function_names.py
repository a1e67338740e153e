"""Names of functions: how a local one is made, and which function a caller means. No I/O."""

import re
from collections.abc import Iterable, Mapping

from streambda.local.model.constants import ACCOUNT_ID, REGION, VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# "FunctionName … name, function ARN, partial ARN; you can append a version number or alias",
# Invoke in the Lambda API reference.
REFERENCE = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>[$\w-]+))?"
)

# The last parts of a path that say nothing: what the CDK and common constructs call their insides.
TRAILING = (("Resource",), ("Function", "Handler"))


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"


def path_parts(construct_path: str) -> list[str]:
    """ "StreamingStack/Words/Function/Resource" becomes ["StreamingStack", "Words"]."""
    parts = construct_path.strip("/").split("/")
    for names in TRAILING:
        if len(parts) > 2 and parts[-1] in names:
            parts.pop()
    return [re.sub(r"[^\w-]", "-", part, flags=re.ASCII) for part in parts]


class FunctionNames:
    """Finds a function by any of its names."""

    def __init__(self, functions: Iterable[LocalFunction]) -> None:
        functions = tuple(functions)
        self._by_name = unique((function.name, function) for function in functions)
        self._by_logical_id = unique((function.logical_id, function) for function in functions)
        self._by_short_name = unique((function.short_name, function) for function in functions)

    def find(self, reference: str, qualifier: str | None = None) -> LocalFunction:
        """Raises `AwsError` as Lambda does."""
        match = REFERENCE.fullmatch(reference)
        if match is None:
            message = f"{reference!r} is no function name, ARN or partial ARN"
            raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, message)
        qualifier = qualifier or match["qualifier"]
        function = self._named(match["name"])
        elsewhere = match["region"] not in {None, REGION} or match["account"] not in {
            None,
            ACCOUNT_ID,
        }
        known = {None, VERSION, *(function.qualifiers if function else ())}
        if function is None or elsewhere or qualifier not in known:
            arn = reference if elsewhere else function_arn(match["name"])
            suffix = f":{qualifier}" if qualifier and not arn.endswith(qualifier) else ""
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, f"Function not found: {arn}{suffix}")
        return function

    def _named(self, name: str) -> LocalFunction | None:
        tables = (self._by_name, self._by_logical_id, self._by_short_name)
        return next((table[name] for table in tables if name in table), None)


def unique(pairs: Iterable[tuple[str, LocalFunction]]) -> Mapping[str, LocalFunction]:
    """Leaves out a name that two functions share."""
    found: dict[str, list[LocalFunction]] = {}
    for name, function in pairs:
        found.setdefault(name, []).append(function)
    return {name: several[0] for name, several in found.items() if len(several) == 1}
