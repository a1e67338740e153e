"""Functions, their URLs, aliases and versions, as Lambda's API describes them.

Shapes: FunctionConfiguration, FunctionUrlConfig and AliasConfiguration in Lambda's service model.
"""

import hashlib
import os
import uuid
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.paging import drop_missing, take_page
from streambda.local.model.function_names import (
    find_version,
    list_aliases,
    list_versions,
    qualify_arn,
)
from streambda.local.model.functions import Cors, FunctionUrl, LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode, fail_constraint

NO_SUCH_RESOURCE = "The resource you requested does not exist."
# What Lambda gives every function in /tmp, in MB.
EPHEMERAL_STORAGE_MB = 512


class FunctionDocuments(Documents):
    """Each public method is an operation: the query and the parts of the path that it names.

    Raises `AwsError`.
    """

    def list_functions(self, query: Query) -> Document:
        every = query.get("FunctionVersion")
        if every not in {None, "ALL"}:
            raise fail_constraint("functionVersion", every, "satisfy enum value set: [ALL]")
        found = [
            describe_function(function, version)
            for function in self._names.functions
            for version in (list_versions(function) if every else [None])
        ]
        page, marker = take_page(found, query)
        return drop_missing({"Functions": page, "NextMarker": marker})

    def get_function(self, query: Query, name: str) -> Document:
        qualifier = self._names.qualifier_of(name, query.get("Qualifier"))
        function = self._names.find(name, qualifier)
        reserved = function.reserved_concurrency
        return drop_missing(
            {
                "Configuration": self.get_configuration(query, name),
                "Code": {"RepositoryType": "S3", "Location": describe_code(function)},
                "Tags": self._inventory.list_tags(function),
                "Concurrency": None
                if reserved is None
                else {"ReservedConcurrentExecutions": reserved},
            }
        )

    def get_configuration(self, query: Query, name: str) -> Document:
        qualifier = self._names.qualifier_of(name, query.get("Qualifier"))
        return describe_function(self._names.find(name, qualifier), qualifier)

    def get_concurrency(self, _: Query, name: str) -> Document:
        reserved = self._names.find(name).reserved_concurrency
        return drop_missing({"ReservedConcurrentExecutions": reserved})

    def list_versions(self, query: Query, name: str) -> Document:
        function = self._names.find(name)
        found = [describe_function(function, one) for one in list_versions(function)]
        page, marker = take_page(found, query)
        return drop_missing({"Versions": page, "NextMarker": marker})

    def list_aliases(self, query: Query, name: str) -> Document:
        function = self._names.find(name)
        found = [describe_alias(function, one) for one in list_aliases(function)]
        page, marker = take_page(found, query)
        return drop_missing({"Aliases": page, "NextMarker": marker})

    def get_alias(self, _: Query, name: str, alias: str) -> Document:
        function = self._names.find(name)
        if alias not in list_aliases(function):
            message = f"Cannot find alias arn: {function.arn}:{alias}"
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, message)
        return describe_alias(function, alias)

    def get_url(self, query: Query, name: str) -> Document:
        qualifier = self._names.qualifier_of(name, query.get("Qualifier"))
        function = self._names.find(name, qualifier)
        urls = self._inventory.urls_of(function)
        # Who asks for the function itself gets that of an alias if it has no other.
        own = [one for one in urls if one.qualifier == qualifier] or (urls if not qualifier else [])
        if not own:
            raise AwsError(ErrorCode.RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE)
        return self._describe_url(function, min(own, key=lambda one: not one.streaming))

    def list_urls(self, query: Query, name: str) -> Document:
        function = self._names.find(name)
        urls = self._inventory.urls_of(function)
        page, marker = take_page([self._describe_url(function, one) for one in urls], query)
        return drop_missing({"FunctionUrlConfigs": page, "NextMarker": marker})

    def _describe_url(self, function: LocalFunction, url: FunctionUrl) -> Document:
        started = self._inventory.started.isoformat(timespec="milliseconds")
        return drop_missing(
            {
                "FunctionUrl": self._inventory.find_url(url),
                "FunctionArn": qualify_arn(function, url.qualifier),
                "AuthType": "AWS_IAM" if url.iam else "NONE",
                "InvokeMode": "RESPONSE_STREAM" if url.streaming else "BUFFERED",
                "Cors": describe_cors(url.cors) if url.cors else None,
                "CreationTime": started,
                "LastModifiedTime": started,
            }
        )


def describe_function(function: LocalFunction, qualifier: str | None = None) -> Document:
    """Reads the function's code, for its size and its time."""
    size, sha256, modified = measure(function)
    arn = qualify_arn(function, qualifier)
    is_zip = bool(function.runtime)
    return drop_missing(
        {
            "FunctionName": function.name,
            "FunctionArn": arn,
            "Runtime": function.runtime or None,
            "Role": function.role or function.place.iam_arn(f"role/{function.name}"),
            "Handler": function.handler or None,
            "CodeSize": size,
            "Description": function.description,
            "Timeout": int(function.timeout_s),
            "MemorySize": function.memory_mb,
            "LastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "CodeSha256": sha256,
            "Version": find_version(function, qualifier),
            "Environment": {"Variables": dict(function.environment)}
            if function.environment
            else None,
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn} {sha256}")),
            "Layers": [{"Arn": one, "CodeSize": 0} for one in function.layer_arns] or None,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip" if is_zip else "Image",
            "Architectures": [function.architecture],
            "EphemeralStorage": {"Size": EPHEMERAL_STORAGE_MB},
            "SnapStart": {
                "ApplyOn": "PublishedVersions" if function.snap_start else "None",
                "OptimizationStatus": "Off",
            },
            "LoggingConfig": {
                "LogFormat": function.log_format,
                "LogGroup": f"/aws/lambda/{function.name}",
            },
        }
    )


def describe_alias(function: LocalFunction, alias: str) -> Document:
    arn = f"{function.arn}:{alias}"
    return {
        "AliasArn": arn,
        "Name": alias,
        "FunctionVersion": find_version(function, alias),
        "Description": "",
        "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_URL, arn)),
    }


def describe_cors(cors: Cors) -> Document:
    """What the template says, and nothing else."""
    lists = {
        "AllowHeaders": cors.allow_headers,
        "AllowMethods": cors.allow_methods,
        "AllowOrigins": cors.allow_origins,
        "ExposeHeaders": cors.expose_headers,
    }
    found: Document = {"AllowCredentials": cors.allow_credentials}
    found |= {name: list(values) for name, values in lists.items() if values}
    return found if cors.max_age_s is None else {**found, "MaxAge": cors.max_age_s}


def describe_code(function: LocalFunction) -> str:
    """A URL of S3 on AWS; here the folder or zip itself."""
    return function.code.absolute().as_uri() if function.code else "file:///inline"


def measure(function: LocalFunction) -> tuple[int, str, datetime]:
    """The size of the code in bytes, its hash, and when it was last written."""
    if function.inline is not None or function.code is None:
        data = (function.inline or "").encode("utf-8", "surrogatepass")
        inline = b64encode(hashlib.sha256(data).digest()).decode()
        return len(data), inline, datetime.fromtimestamp(0, UTC)
    # The hash of names, sizes and times: to read all packages of a function takes too long.
    size, newest, digest = 0, 0.0, hashlib.sha256()
    for path in _list_files(function.code):
        found = path.lstat()
        size += found.st_size
        newest = max(newest, found.st_mtime)
        digest.update(os.fsencode(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n"))
    return size, b64encode(digest.digest()).decode(), datetime.fromtimestamp(newest, UTC)


def _list_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(one for one in path.rglob("*") if one.is_file())
    elif path.exists():
        yield path


FunctionDocuments.operations = {
    "GetAlias": ("/2015-03-31/functions/{name}/aliases/{alias}", FunctionDocuments.get_alias),
    "GetFunction": ("/2015-03-31/functions/{name}", FunctionDocuments.get_function),
    "GetFunctionConcurrency": (
        "/2019-09-30/functions/{name}/concurrency",
        FunctionDocuments.get_concurrency,
    ),
    "GetFunctionConfiguration": (
        "/2015-03-31/functions/{name}/configuration",
        FunctionDocuments.get_configuration,
    ),
    "GetFunctionUrlConfig": ("/2021-10-31/functions/{name}/url", FunctionDocuments.get_url),
    "ListAliases": ("/2015-03-31/functions/{name}/aliases", FunctionDocuments.list_aliases),
    "ListFunctionUrlConfigs": ("/2021-10-31/functions/{name}/urls", FunctionDocuments.list_urls),
    "ListFunctions": ("/2015-03-31/functions", FunctionDocuments.list_functions),
    "ListVersionsByFunction": (
        "/2015-03-31/functions/{name}/versions",
        FunctionDocuments.list_versions,
    ),
}
