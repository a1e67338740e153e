"""REST APIs of API Gateway.

rest_api.py            a request: its stage, its method, its integration
routes.py              which method a request means
access.py              who may call it: signature, authorizer, API key
lambda_authorizer.py   Lambda authorizers, and how long their decisions are cached
authorizer_policy.py   what an authorizer's policy says about one method
usage_plans.py         API keys, throttles and quotas
method_throttles.py    throttles of a stage and of its methods
event.py               the event: payload 1.0
binary_media_types.py  which bodies are base64 within an event or a response
lambda_integration.py  an invocation, and its streamed or buffered response
http_integration.py    a call of a URL, and its streamed or buffered response
integration_request.py what the backend of such a call gets
integration_response.py what the client gets of its response
mapping_expressions.py values that both take from a request or a response
backend.py             the connection to a backend, and what goes wrong with it
gateway_errors.py      `GatewayError`: every error that API Gateway answers by itself
"""
