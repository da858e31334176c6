"""The service on the local cloud, seen by clients that know Glue."""

from collections.abc import Iterator

import pytest

from local.cloud import Cloud

SETTINGS = {
    "defaults": {},
    "as Glue": {"EXISTING_EMAIL": "reveal", "PASSWORD_RULES": "glue"},
}


@pytest.fixture(scope="session")
def cloud(local_cloud: Cloud) -> Cloud:
    """The system with the template's defaults."""
    return local_cloud


@pytest.fixture(scope="module", params=SETTINGS)
def settings(cloud: Cloud, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of the settings that the functions have: a second system would take seconds."""
    functions = cloud.client("lambda")
    before = {}
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name, variables = function["FunctionName"], function["Environment"]["Variables"]
            if given := {k: v for k, v in SETTINGS[request.param].items() if k in variables}:
                before[name] = variables
                functions.update_function_configuration(
                    FunctionName=name, Environment={"Variables": variables | given}
                )
    yield request.param
    for name, variables in before.items():
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )
