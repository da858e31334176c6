"""The table of routes, as a path is looked up in it."""

import re
from unittest import mock

import pytest

from registration.entrypoints.web.routes import methods_of, route_of, routes


@pytest.mark.parametrize(
    "path", ["/docs/styleXcss", "/docs/style.css2", "/customers+", "/customer"]
)
def test_a_path_that_only_resembles_a_route_is_none(path: str) -> None:
    assert route_of("GET", path) is None
    assert methods_of(path) == ()


@pytest.mark.parametrize(
    ("path", "variables"),
    [
        ("/customers", {}),
        ("/customers/DE--1", {"reference": "DE--1"}),
        ("/guest-carts/7/guest-cart-items/a/b", {"id": "7", "sku": "a/b"}),
    ],
)
def test_a_path_tells_its_variables(path: str, variables: dict[str, str]) -> None:
    found = [found for route in routes() if (found := route.parameters_in(path)) is not None]

    assert found
    assert all(each == variables for each in found)


def test_a_path_is_compared_with_no_pattern_that_begins_otherwise() -> None:
    routes.cache_clear()

    with mock.patch.object(re, "compile", wraps=re.compile) as compiled:
        assert route_of("POST", "/customers")

    assert compiled.call_count == 0
