"""Names of functions: how the local cloud names one, and which one a caller means. No I/O."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping

from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode, fail_constraint
from streambda.local.model.place import Place

# NamespacedFunctionName in Lambda's service model: a name, an ARN or a part of one, each of them
# with a version or an alias or without.
NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"
    r"(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
REFERENCE = re.compile(
    r"(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?P<region>[a-z]+(?:-[a-z]+)+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[\w.-]+)(?::(?P<qualifier>[$\w.-]+))?",
    re.ASCII,
)

# Last parts of a path that say nothing: what the CDK and common constructs call their children.
TRAILING = (("Resource",), ("Function", "Handler"))


HERE = Place()

MISMATCH = "The derived qualifier from the function name does not match the specified qualifier."

MOST_NAME_CHARS = 64
SUFFIX_CHARS = 12


def function_arn(name: str, place: Place = HERE) -> str:
    return place.arn("lambda", f"function:{name}")


def make_up_name(stack: str, logical_id: str) -> str:
    """As CloudFormation names what has no name: "shop-Words-3D8X1Q0Z7K2M", the same each time.

    There the end is random. A name has at most 64 characters: the stack's part gives way first.
    """
    digest = hashlib.sha256(f"{stack}/{logical_id}".encode()).digest()
    suffix = b32encode(digest).decode()[:SUFFIX_CHARS]
    room = MOST_NAME_CHARS - SUFFIX_CHARS - 2
    own = logical_id[: room - min(len(stack), room // 2)]
    return f"{stack[: room - len(own)]}-{own}-{suffix}"


def list_versions(function: LocalFunction) -> list[str]:
    return [VERSION, *sorted((one for one in function.qualifiers if one.isdecimal()), key=int)]


def list_aliases(function: LocalFunction) -> list[str]:
    return sorted(one for one in function.qualifiers if not one.isdecimal())


def find_version(function: LocalFunction, qualifier: str | None) -> str:
    """What a qualifier stands for; an alias for the newest version, as there is only one code."""
    if qualifier is None or qualifier == VERSION or qualifier.isdecimal():
        return qualifier or VERSION
    return list_versions(function)[-1]


def qualify_arn(function: LocalFunction, qualifier: str | None) -> str:
    """The ARN that names the version or alias too, if a caller does."""
    return function.arn if qualifier in {None, VERSION} else f"{function.arn}:{qualifier}"


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
        self._functions = functions
        # Of those that do not exist: the one of the others.
        self._place = functions[0].place if functions else Place()
        self._by_name = index(functions, lambda function: function.name)
        self._by_logical_id = index(functions, lambda function: function.logical_id)
        self._by_short_name = index(functions, lambda function: function.short_name)

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return self._functions

    def qualifier_of(self, reference: str, given: str | None = None) -> str | None:
        """The version or alias that a caller means: `given`, or at the end of a name or ARN.

        Raises `AwsError` where there are both, and not the same.
        """
        match = REFERENCE.fullmatch(reference)
        named = match["qualifier"] if match else None
        if named and given and named != given:
            raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, MISMATCH)
        return given or named

    @property
    def known(self) -> tuple[str, ...]:
        """The name of each function, for a message; nothing else need be unique."""
        return tuple(sorted(self._by_name))

    def find(self, reference: str, qualifier: str | None = None) -> LocalFunction:
        """Raises `AwsError` with what Lambda answers where there is no such function."""
        if qualifier is None and (named := self._by_name.get(reference)):
            return named
        match = REFERENCE.fullmatch(reference)
        if match is None:
            constraint = f"satisfy regular expression pattern: {NAME_PATTERN}"
            raise fail_constraint("functionName", reference, constraint)
        qualifier = qualifier or match["qualifier"]
        function = self._find_by_name(match["name"])
        place = function.place if function else self._place
        if match["region"] not in {None, place.region}:
            message = f"Functions from '{match['region']}' are not reachable in this region"
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, f"{message} ('{place.region}')")
        elsewhere = match["account"] not in {None, place.account_id}
        known = {None, VERSION, *(function.qualifiers if function else ())}
        if function is None or elsewhere or qualifier not in known:
            arn = reference if elsewhere else function_arn(match["name"], place)
            suffix = f":{qualifier}" if qualifier and not arn.endswith(qualifier) else ""
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, f"Function not found: {arn}{suffix}")
        return function

    def local_name(self, reference: str) -> str | None:
        """The name of a function in this assembly, whatever version or alias is meant."""
        unqualified = ":".join(reference.split(":")[:7])
        try:
            return self.find(unqualified).name
        except AwsError:
            return None

    def _find_by_name(self, name: str) -> LocalFunction | None:
        tables = (self._by_name, self._by_logical_id, self._by_short_name)
        return next((table[name] for table in tables if name in table), None)


def index(
    functions: Iterable[LocalFunction], key: Callable[[LocalFunction], str]
) -> Mapping[str, LocalFunction]:
    """Functions by `key`, without those that share it with another."""
    found: dict[str, list[LocalFunction]] = {}
    for function in functions:
        found.setdefault(key(function), []).append(function)
    return {name: several[0] for name, several in found.items() if len(several) == 1}
