"""An API Gateway REST API that passes a function's response on while it is made.

Only REST APIs stream; HTTP and WebSocket APIs do not. The API is regional if nothing else is asked
for: an edge-optimised one cuts a stream that is silent for 30 seconds, others wait for 5 minutes.
"""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from streambda.cdk.cors import make_preflight_options
from streambda.cdk.function import StreamingFunction
from streambda.cdk.observability.access_log import make_access_log_format
from streambda.cdk.outputs import add_output
from streambda.cdk.rest_integration import StreamingIntegration

_WITH_AUTHORIZER = {apigw.AuthorizationType.COGNITO, apigw.AuthorizationType.CUSTOM}
_ERROR_RESPONSES = {
    "Cors4xx": apigw.ResponseType.DEFAULT_4_XX,
    "Cors5xx": apigw.ResponseType.DEFAULT_5_XX,
}


class StreamingRestApi(Construct):
    """A REST API, regional by default, with an access log in JSON, whose methods stream.

    The access log needs the role with which API Gateway writes to CloudWatch. That role is a
    setting of the account, one per region. Where it was never made, deploying fails with
    "CloudWatch Logs role ARN must be set in account settings": set `cloud_watch_role=True` in one
    stack there.

    `api` is the REST API itself, for all that has no option here.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        stage_name: str = "prod",
        authorization_type: apigw.AuthorizationType | None = None,
        authorizer: apigw.IAuthorizer | None = None,
        api_key_required: bool = False,
        default_cors_preflight_options: apigw.CorsOptions | None = None,
        throttling_rate_limit: float | None = None,
        throttling_burst_limit: int | None = None,
        web_acl_arn: str | None = None,
        endpoint_configuration: apigw.EndpointConfiguration | None = None,
        policy: iam.PolicyDocument | None = None,
        disable_execute_api_endpoint: bool | None = None,
        domain_name: apigw.DomainNameOptions | None = None,
        cloud_watch_role: bool = False,
        logging_level: apigw.MethodLoggingLevel | None = None,
        tracing_enabled: bool = False,
        binary_media_types: Sequence[str] | None = None,
        description: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        outputs: bool = False,
    ) -> None:
        """Make the API; `add_stream` adds what it serves. Names are those of the CDK's `RestApi`,
        its `StageOptions` and its `MethodOptions`.

        Args:
            stage_name: The first part of every path. It cannot be empty.
            authorization_type: Who may call; by default the type of `authorizer`, and without an
                authorizer IAM: callers sign their requests. `NONE` makes the API public.
            authorizer: Of a Cognito user pool, or a Lambda authorizer.
            api_key_required: Callers also send a key, `x-api-key`; `add_api_key` makes one.
            default_cors_preflight_options: Which origins may call from a browser. API Gateway then
                answers preflights and adds the headers to its own errors; the handler adds them to
                a stream. Routes of functions that have `cors` need none of this.
            throttling_rate_limit: Requests per second for each method, on average; by default the
                account's.
            throttling_burst_limit: Requests at the same time; by default the account's.
            web_acl_arn: A regional AWS WAF web ACL to put in front.
            endpoint_configuration: By default REGIONAL. A PRIVATE one with `vpc_endpoints` can be
                called through these alone, unless `policy` says otherwise.
            policy: Who may call, as a resource policy; by default none but that of a private API.
            disable_execute_api_endpoint: Only `domain_name` answers.
            domain_name: A domain of yours, with its certificate, and `base_path` if it has several
                APIs.
            cloud_watch_role: Make the account's role for logs. It stays when the stack is deleted:
                other APIs may use it by then. By default the role is left as it is.
            logging_level: Log what API Gateway does with each request. Off by default: it
                repeats the access log. It needs the account's role as well.
            tracing_enabled: Trace with AWS X-Ray.
            binary_media_types: Such as "image/*", or "*/*" for all: a request whose Content-Type
                matches one is base64 in the event. By default none: every body is text, in which
                bytes that are not UTF-8 are lost. A stream goes out as it is, with or without them.
            outputs: Make the address of the API an output of the stack; with `domain_name`, the
                address there.

        Raises:
            ValueError: the API is private, and neither `vpc_endpoints` nor `policy` say who may
                call it: nobody could.
        """
        super().__init__(scope, id)
        endpoint = endpoint_configuration or apigw.EndpointConfiguration(
            types=[apigw.EndpointType.REGIONAL]
        )
        endpoints = _find_private_callers(endpoint, policy)
        self._authorization_type = authorization_type or _choose_authorization_type(authorizer)
        self._authorizer = authorizer
        self._api_key_required = api_key_required
        self.access_log = logs.LogGroup(self, "AccessLog", retention=log_retention)
        self.api = apigw.RestApi(
            self,
            "Api",
            rest_api_name=cdk.Names.unique_resource_name(self, max_length=128),
            description=description,
            endpoint_configuration=endpoint,
            policy=policy,
            disable_execute_api_endpoint=disable_execute_api_endpoint,
            cloud_watch_role=cloud_watch_role,
            default_cors_preflight_options=default_cors_preflight_options,
            domain_name=domain_name,
            binary_media_types=list(binary_media_types) if binary_media_types else None,
            deploy_options=apigw.StageOptions(
                stage_name=stage_name,
                access_log_destination=apigw.LogGroupLogDestination(self.access_log),
                access_log_format=make_access_log_format(),
                throttling_rate_limit=throttling_rate_limit,
                throttling_burst_limit=throttling_burst_limit,
                logging_level=logging_level,
                tracing_enabled=tracing_enabled or None,
            ),
        )
        # The CDK's own output repeats the URL under a name that nobody chose.
        self.api.node.try_remove_child("Endpoint")
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        if default_cors_preflight_options is not None:
            _add_cors_to_errors(self.api, default_cors_preflight_options)
        if endpoints:
            self.api.grant_invoke_from_vpc_endpoints_only(endpoints)
        if outputs:
            add_output(self, "Url", _address_of(self.api, domain_name))
        if web_acl_arn is not None:
            from aws_cdk import aws_wafv2 as wafv2  # large, and rarely asked for

            stage_arn = self.api.deployment_stage.stage_arn
            wafv2.CfnWebACLAssociation(
                self, "WebAcl", resource_arn=stage_arn, web_acl_arn=web_acl_arn
            )

    def add_stream(
        self,
        method: str,
        path: str,
        function: StreamingFunction,
        *,
        timeout: cdk.Duration | None = None,
        authorization_type: apigw.AuthorizationType | None = None,
        authorizer: apigw.IAuthorizer | None = None,
        authorization_scopes: Sequence[str] | None = None,
        api_key_required: bool | None = None,
        operation_name: str | None = None,
        request_parameters: Mapping[str, bool] | None = None,
        request_models: Mapping[str, apigw.IModel] | None = None,
        request_validator: apigw.IRequestValidator | None = None,
    ) -> apigw.Method:
        """Answer `method` on `path` with the stream of `function`.

        Args:
            method: "GET", "POST", …; "ANY" for all.
            path: What follows the stage, such as "/words" or "/jobs/{id}".
            timeout: How long the whole stream may take, 50 milliseconds to 15 minutes; by default
                the function's. A shorter one is an error at synthesis: it would cut the stream.
            authorization_type: By default that of `authorizer`, or else the API's.
            authorizer: By default the API's.
            authorization_scopes: OAuth scopes, of which an access token of a Cognito user pool must
                have one.
            api_key_required: By default as the API says.
            request_parameters: "method.request.querystring.topic" -> whether it must be there.
            request_models: Media type -> the JSON schema of a request's body.
            request_validator: By default one that checks parameters and body.

        Raises:
            ValueError: `path` does not start with "/", `timeout` is out of range, or there are
                scopes and no user pool to give them.
        """
        if not path.startswith("/"):
            raise ValueError(f"path is {path!r}, expected one that starts with '/'")
        if authorization_type is None:
            own = authorizer is not None
            authorization_type = (
                _choose_authorization_type(authorizer) if own else self._authorization_type
            )
        if authorization_scopes and authorization_type is not apigw.AuthorizationType.COGNITO:
            raise ValueError(
                f"authorization_scopes of {path} is set, expected none without a "
                "CognitoUserPoolsAuthorizer: only a user pool gives scopes"
            )
        authorizer = authorizer or self._authorizer
        if api_key_required is None:
            api_key_required = self._api_key_required
        resource = self.api.root.resource_for_path(path)
        if function.cors is not None and method != "OPTIONS":
            self._add_cors(resource, make_preflight_options(function.cors))
        return resource.add_method(
            method,
            StreamingIntegration(function, timeout=timeout),
            authorization_type=authorization_type,
            authorizer=authorizer if authorization_type in _WITH_AUTHORIZER else None,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required or None,
            operation_name=operation_name,
            request_validator=request_validator or self._validator,
            request_parameters=request_parameters,
            request_models=request_models,
        )

    def _add_cors(self, resource: apigw.IResource, cors: apigw.CorsOptions) -> None:
        """Answer preflights of a path, unless something does so, and let pages read errors."""
        if resource.node.try_find_child("OPTIONS") is None:
            resource.add_cors_preflight(
                allow_origins=cors.allow_origins,
                allow_credentials=cors.allow_credentials,
                allow_headers=cors.allow_headers,
                allow_methods=cors.allow_methods,
                expose_headers=cors.expose_headers,
                max_age=cors.max_age,
            )
        _add_cors_to_errors(self.api, cors)

    def add_api_key(
        self,
        id: str,
        *,
        rate_limit: float | None = None,
        burst_limit: int | None = None,
        requests_per_day: int | None = None,
    ) -> apigw.IApiKey:
        """Make a key for one caller, with a usage plan of its own.

        Args:
            rate_limit: Requests per second, on average; by default the stage's.
            burst_limit: Requests at the same time; by default the stage's.
            requests_per_day: By default without a limit.
        """
        key = self.api.add_api_key(id)
        limited = rate_limit is not None or burst_limit is not None
        plan = self.api.add_usage_plan(
            f"{id}Plan",
            api_stages=[apigw.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)],
            throttle=apigw.ThrottleSettings(rate_limit=rate_limit, burst_limit=burst_limit)
            if limited
            else None,
            quota=apigw.QuotaSettings(limit=requests_per_day, period=apigw.Period.DAY)
            if requests_per_day is not None
            else None,
        )
        plan.add_api_key(key)
        return key


def _choose_authorization_type(authorizer: apigw.IAuthorizer | None) -> apigw.AuthorizationType:
    if authorizer is None:
        return apigw.AuthorizationType.IAM
    return authorizer.authorization_type or apigw.AuthorizationType.CUSTOM


def _find_private_callers(
    endpoint: apigw.EndpointConfiguration, policy: iam.PolicyDocument | None
) -> list[ec2.IVpcEndpoint]:
    """The endpoints of a private API that has no policy of its own."""
    if apigw.EndpointType.PRIVATE not in endpoint.types or policy is not None:
        return []
    if not endpoint.vpc_endpoints:
        raise ValueError(
            "endpoint_configuration is PRIVATE, expected vpc_endpoints in it, or a policy: "
            "without one of them nobody can call the API"
        )
    return list(endpoint.vpc_endpoints)


def _address_of(api: apigw.RestApi, domain_name: apigw.DomainNameOptions | None) -> str:
    if domain_name is None:
        return api.url
    return f"https://{domain_name.domain_name}/{domain_name.base_path or ''}"


def _add_cors_to_errors(api: apigw.RestApi, cors: apigw.CorsOptions) -> None:
    """Let pages of other origins read the errors that API Gateway makes itself, such as 403, 429.

    Without these headers a page sees a network error in place of the status.
    """
    # A gateway response is fixed and cannot repeat the Origin of the request: if there are several
    # origins, only the first one can read errors.
    headers = {"Access-Control-Allow-Origin": f"'{cors.allow_origins[0]}'"}
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    if cors.allow_origins[0] != "*":
        headers["Vary"] = "'Origin'"
    for id, type in _ERROR_RESPONSES.items():
        if api.node.try_find_child(id) is not None:
            return  # one answer for all routes: that of the first
        api.add_gateway_response(id, type=type, response_headers=headers)
