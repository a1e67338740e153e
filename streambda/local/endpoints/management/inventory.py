"""What a cloud has at this moment, and at which addresses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from streambda.local.invocation.log_groups import LogGroups
from streambda.local.model.assembly import Assembly, DescribedStack
from streambda.local.model.aws_addresses import EXECUTE_API, FUNCTION_URL
from streambda.local.model.constants import VERSION
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.http_apis import HttpApi
from streambda.local.model.lambda_errors import AwsError, ErrorCode
from streambda.local.model.rest_apis import RestApi
from streambda.local.model.triggers import EventInvokeConfig

NOTHING = Assembly(functions=(), function_urls=(), rest_apis=())


@dataclass(slots=True)
class Inventory:
    """Is changed in place, so that every user of it has the current state."""

    assembly: Assembly = NOTHING
    endpoints: Sequence[Endpoint] = ()
    logs: LogGroups = field(default_factory=LogGroups)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def started_epoch_s(self) -> int:
        return int(self.started.timestamp())

    def find_api(self, api_id: str) -> RestApi:
        """Raises `AwsError`."""
        for api in self.assembly.rest_apis:
            if api_id in {api.api_id, api.logical_id}:
                return api
        account = next((one.place.account_id for one in self.assembly.rest_apis), "")
        message = f"Invalid API identifier specified {account}:{api_id}"
        raise AwsError(ErrorCode.NOT_FOUND, message)

    def find_event_invoke_config(
        self, function: LocalFunction, qualifier: str | None
    ) -> EventInvokeConfig | None:
        wanted = (function.name, None if qualifier == VERSION else qualifier)
        configs = self.assembly.event_invoke_configs
        return next((one for one in configs if (one.function_name, one.qualifier) == wanted), None)

    def urls_of(self, function: LocalFunction) -> list[FunctionUrl]:
        urls = self.assembly.function_urls
        return [one for one in urls if one.function_name == function.name]

    def list_tags(self, function: LocalFunction) -> dict[str, str]:
        """Those that CloudFormation gives, and the template's own."""
        for stack in self.assembly.stacks:
            own = stack.resources.get(function.logical_id)
            if own and own.physical_id == function.name:
                names = {
                    "aws:cloudformation:logical-id": function.logical_id,
                    "aws:cloudformation:stack-id": stack.id,
                    "aws:cloudformation:stack-name": stack.name,
                }
                return {**function.tags, **names}
        return dict(function.tags)

    def list_physical_ids(self, kind: str) -> list[str]:
        """Of all resources of one type, as "AWS::Lambda::LayerVersion"."""
        stacks = self.assembly.stacks
        found = (one for stack in stacks for one in stack.resources.values())
        return [one.physical_id for one in found if one.type == kind]

    def find_url(self, url: FunctionUrl) -> str:
        """The address of a function URL."""
        return self._find(EndpointKind.FUNCTION_URL, url.id)

    def find_stage(self, api: RestApi, stage: str) -> str:
        """The address of a stage."""
        return self._find(EndpointKind.REST_API, f"{api.id}/{stage}")

    def find_http_api(self, api_id: str) -> HttpApi:
        """Raises `AwsError`."""
        for api in self.assembly.http_apis:
            if api_id in {api.api_id, api.logical_id}:
                return api
        raise AwsError(ErrorCode.NOT_FOUND, f"Invalid API identifier specified {api_id}")

    def find_http_stage(self, api: HttpApi, stage: str) -> str:
        """The address of a stage of an HTTP API."""
        return self._find(EndpointKind.HTTP_API, f"{api.id}/{stage}")

    def find_http_root(self, api: HttpApi) -> str:
        """The address of an HTTP API, without a stage and without a slash at the end."""
        stage = api.stages[0].name
        url = self.find_http_stage(api, stage).removesuffix("/")
        return url.removesuffix(f"/{stage}")

    def _find(self, kind: EndpointKind, name: str) -> str:
        found = (one.url for one in self.endpoints if one.kind is kind and one.id == name)
        return next(found, "")

    def list_outputs(self, stack: DescribedStack) -> Iterator[tuple[str, str]]:
        """With the addresses of here in place of those that AWS would give."""
        for name, value in stack.outputs.items():
            yield name, self.replace_addresses(value)

    def replace_addresses(self, text: str) -> str:
        """With the addresses of here in place of those that AWS would give."""
        if "https://" not in text:
            return text
        return EXECUTE_API.sub(self._replace_api, FUNCTION_URL.sub(self._replace_url, text))

    def _replace_url(self, match: re.Match[str]) -> str:
        for url in self.assembly.function_urls:
            if url.id == f"{match['stack']}/{match['name']}":
                return self.find_url(url).removesuffix("/")
        return f"<{match['name']}.FunctionUrl>"

    def _replace_api(self, match: re.Match[str]) -> str:
        for api in self.assembly.rest_apis:
            if api.api_id == match["api"].lower():
                stages = [stage.name for stage in api.stages]
                if match["stage"] in stages:
                    return self.find_stage(api, match["stage"])
                if stages:
                    # Whatever else follows: there it is told that there is no such stage.
                    root = self.find_stage(api, stages[0]).removesuffix(f"{stages[0]}/")
                    return root + match[0].removeprefix("https://").partition("/")[2]
        return self._find_http_address(match) or match[0]

    def _find_http_address(self, match: re.Match[str]) -> str:
        """A stage without a name may have a path behind it; "" if it is no HTTP API."""
        for api in self.assembly.http_apis:
            if api.api_id == match["api"].lower():
                if match["stage"] in [stage.name for stage in api.stages]:
                    return self.find_http_stage(api, match["stage"])
                path = match[0].removeprefix("https://").partition("/")
                return self.find_http_root(api) + path[1] + path[2]
        return ""
