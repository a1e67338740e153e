"""HTTP APIs of API Gateway, which buffer every response.

http_api.py      a request: its stage, its route, its invocation, and its response
url_route.py     a route that calls a URL in place of a function
event.py         the event: payload 2.0 or 1.0
access.py        who may call a route: signature, JWT authorizer, Lambda authorizer
authorizer.py    Lambda authorizers, and how long their decisions are cached
errors.py        `HttpApiError`: every error that an HTTP API answers by itself
"""
