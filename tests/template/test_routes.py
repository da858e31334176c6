"""The routes in the code are the same as those in the template."""

import json

from registration.entrypoints.web.routes import methods_of, plain_path, route_of, routes
from tests.support.cloud import source_folder
from tests.support.stack import Stack


def declared() -> set[tuple[str, str, str]]:
    """Return method, path and folder of each route in the template except the default.

    SAM has one name for every greedy variable; the table has a meaningful one.
    """
    (api,) = Stack().resources("AWS::ApiGatewayV2::Api").values()
    found = set()
    for path, methods in api["Properties"]["Body"]["paths"].items():
        for method, operation in methods.items():
            uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
            function = uri.partition("functions/${")[2].partition(".Arn}")[0]
            folder = source_folder(function).rpartition("/")[2]
            found.add((method.upper(), path.replace("{proxy+}", "{sku+}"), folder))
    return {route for route in found if "$default" not in route[1]}


def test_the_table_and_the_template_agree() -> None:
    assert {(route.method, route.path, route.function) for route in routes()} == declared()


def test_unrouted_requests_have_a_function() -> None:
    (api,) = Stack().resources("AWS::ApiGatewayV2::Api").values()

    (default,) = [path for path in api["Properties"]["Body"]["paths"] if "$default" in path]
    assert "UnroutedFunction" in json.dumps(api["Properties"]["Body"]["paths"][default])


def test_a_path_is_found_with_its_variables_and_without_its_last_slash() -> None:
    route = route_of("PATCH", "/carts/7/items/a/b/")

    assert route
    assert route.parameters_in(plain_path("/carts/7/items/a/b/")) == {"id": "7", "sku": "a/b"}
    assert route_of("HEAD", "/customers/DE--1")
    assert route_of("PUT", "/customers") is None
    assert methods_of("/nowhere") == ()
