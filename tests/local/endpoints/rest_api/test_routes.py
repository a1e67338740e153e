"""Which route a path means."""

import pytest

from streambda.local.endpoints.rest_api.routes import match_route
from streambda.local.model.rest_apis import Route, UnservedIntegration

NO_INTEGRATION = UnservedIntegration(reason="")


def route(method: str, path: str) -> Route:
    return Route(method=method, path=path, resource_id=path, integration=NO_INTEGRATION)


ROUTES = (
    route("GET", "/"),
    route("ANY", "/{proxy+}"),
    route("GET", "/words"),
    route("ANY", "/words/{id}"),
    route("GET", "/words/{id}/{rest+}"),
    route("GET", "/words/new"),
    route("POST", "/words/new"),
)


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/", "/", {}),
        ("GET", "/words", "/words", {}),
        ("GET", "/words/", "/words", {}),
        ("GET", "/words/1", "/words/{id}", {"id": "1"}),
        ("POST", "/words/1", "/words/{id}", {"id": "1"}),
        ("GET", "/words/new", "/words/new", {}),
        ("GET", "/words/1/a/b", "/words/{id}/{rest+}", {"id": "1", "rest": "a/b"}),
        ("GET", "/other/a", "/{proxy+}", {"proxy": "other/a"}),
        ("GET", "/words/a%2Fb", "/words/{id}", {"id": "a%2Fb"}),
        ("GET", "/words/%2e%2E", "/words/{id}", {"id": "%2e%2E"}),
        ("GET", "/words/100%25", "/words/{id}", {"id": "100%25"}),
        ("GET", "/words/a+b", "/words/{id}", {"id": "a+b"}),
        ("GET", "/words/%C3%A9/", "/words/{id}", {"id": "%C3%A9"}),
        ("GET", "/words///", "/words", {}),
        ("GET", "//words", "/words", {}),
        ("GET", "/words%2Fnew", "/{proxy+}", {"proxy": "words%2Fnew"}),
        ("GET", "/%77ords", "/{proxy+}", {"proxy": "%77ords"}),
        ("GET", "/other//a/", "/{proxy+}", {"proxy": "other//a"}),
        ("GET", "/words/1//b", "/words/{id}/{rest+}", {"id": "1", "rest": "/b"}),
        ("GET", "/words//new", "/{proxy+}", {"proxy": "words//new"}),
        ("GET", "/words/{id}", "/words/{id}", {"id": "{id}"}),
    ],
)
def test_the_closest_route_wins(
    method: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    found = match_route(ROUTES, method, path)

    assert found is not None
    assert (found.route.path, found.path_parameters) == (resource, parameters)


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", "/words")])
def test_no_method_no_match(method: str, path: str) -> None:
    assert match_route(ROUTES, method, path) is None


def test_no_route_no_match() -> None:
    assert match_route(ROUTES[2:3], "GET", "/other") is None
