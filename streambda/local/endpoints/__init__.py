"""The endpoints: an HTTP request in, an invocation, an HTTP response out as the function makes it.

In: an assembly, and `EndpointOptions`. Out: `EndpointSpec`s, which `RunningEndpoints` gives a port
each. This package knows what each of AWS's endpoints asks of a request and makes of a response; it
does not know how a function runs: it only asks `LambdaService` for an invocation.

    specs.py              `make_specs`: every endpoint of an assembly, not running yet
    running_endpoints.py  `RunningEndpoints`: servers and ports, which outlive an update
    options.py            `EndpointOptions`: auth, limits and faults, as `streambda local` gets them
    context.py            `EndpointContext`: what an endpoint needs to serve a request
    call_chains.py        how often endpoints have called each other, so that a loop ends
    signed_request.py     a request to one of AWS's own APIs, with its signature checked
    lambda_api/           Invoke and InvokeWithResponseStream
    management/           what tools ask: which functions, URLs, APIs and stacks there are
    function_url/         function URLs, payload 2.0
    rest_api/             REST APIs of API Gateway, payload 1.0
    http_api/             HTTP APIs of API Gateway, payload 2.0 or 1.0
"""
