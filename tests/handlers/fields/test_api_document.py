"""The API's document tells a shop's own fields, and what it tells is what the service does."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.handlers.test_contract import shop_of
from tests.handlers.test_schemathesis import BOUNDED, CHECKS, wsgi
from tests.support.cloud import Cloud
from tests.support.contract_table import CALLS, check_call
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.shops import FIELDS, OpenShop

EVERYTHING_REQUIRED = f"""\
[phone]
ask = "required"

[company]
ask = "no"
{FIELDS}

[own.line2]
type = "text"
ask = "required"
shortest = 2
longest = 5
label = "Second line"

[own.budget]
type = "number"
ask = "required"
least = -2.5
most = -1.5
label = "Budget"

[own.party]
type = "date"
earliest = 2020-01-01
latest = 2020-12-31
customers_may_change = false
label = "Party"

[own.secret]
type = "text"
api = "no"
label = "A secret"
"""
SHOPS = pytest.mark.parametrize("fields", [FIELDS, EVERYTHING_REQUIRED], ids=["all kinds", "more"])


def served(cloud: Cloud) -> dict[str, Any]:
    return cloud.request("GET", "/openapi.json").json


def attributes_in(document: dict[str, Any], name: str) -> dict[str, Any]:
    data = document["components"]["schemas"][name]["properties"]["data"]
    return dict(data["properties"]["attributes"])


@SHOPS
def test_its_examples_are_what_the_service_takes_and_answers(
    cloud: Cloud, open_shop: OpenShop, fields: str
) -> None:
    open_shop({"fields.toml": fields})
    document = served(cloud)
    OpenAPIV31SpecValidator(document).validate()
    described = document["paths"]["/customers"]["post"]
    (sent,) = described["requestBody"]["content"].values()
    (shown,) = described["responses"]["201"]["content"].values()

    answer = cloud.post_json("/customers", sent["example"])

    assert answer.status == 201, answer.body
    personal = set(shown["example"]["data"]["attributes"]) - {"createdAt", "updatedAt"}
    for name in personal:
        told = answer.json["data"]["attributes"][name]
        assert told == shown["example"]["data"]["attributes"][name], name
    assert OAS31Validator(attributes_in(document, "SignUp")).is_valid(
        sent["example"]["data"]["attributes"]
    )


def test_each_attribute_has_the_rule_of_its_field(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": EVERYTHING_REQUIRED})

    sign_up = attributes_in(served(cloud), "SignUp")

    said = sign_up["properties"]
    assert {"phone", "line2", "budget", "adult"} <= set(sign_up["required"])
    assert not {"salutation", "vatNumber", "newsletter"} & set(sign_up["required"])
    assert not {"company", "gender", "secret"} & said.keys()
    assert (said["phone"]["type"], said["salutation"]["type"]) == ("string", ["string", "null"])
    assert said["vatNumber"]["pattern"] == "^(?:FR[0-9A-Z]{2}[0-9]{9})$"
    assert said["size"]["enum"] == ["s", "l", None]
    assert (said["budget"]["minimum"], said["budget"]["maximum"]) == (-2.5, -1.5)
    assert (said["line2"]["minLength"], said["line2"]["maxLength"]) == (2, 5)
    assert said["party"]["description"] == "Party, from 2020-01-01 to 2020-12-31"
    assert said["adult"]["const"] is True
    assert said["newsletter"]["description"] == "Yes, send me the newsletter"


def test_links_that_withdraw_a_consent_are_described_where_there_are_consents(
    cloud: Cloud, open_shop: OpenShop
) -> None:
    def links() -> Any:
        return served(cloud)["components"]["schemas"]["Customer"]["properties"]["links"]

    assert links()["additionalProperties"] is False
    open_shop()
    assert links()["additionalProperties"]["format"] == "uri"


def test_the_page_shows_them(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": EVERYTHING_REQUIRED})

    page = cloud.get_page("/docs").body

    for told in ("vatNumber", "number, -2.5 to -1.5. Budget", "one of s, l", "budget", "adult"):
        assert told in page
    assert "secret" not in page.replace("keep it secret", "")


@pytest.mark.parametrize("row", [row for row in CALLS if "/customers" in row])
def test_glues_contract_stands_beside_fields_that_are_optional(
    cloud: Cloud, open_shop: OpenShop, row: str
) -> None:
    open_shop(
        {"fields.toml": FIELDS.replace('ask = "required"\n', "").replace('"no"', '"optional"')}
    )

    check_call(shop_of(cloud), row)


def test_a_flaw_is_told_as_documented(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": EVERYTHING_REQUIRED})
    document = served(cloud)
    (sent,) = document["paths"]["/customers"]["post"]["requestBody"]["content"].values()
    example = sent["example"]
    wrong = {"budget": -3, "party": "2019-12-31", "line2": "x", "vatNumber": ""}
    example["data"]["attributes"] |= wrong

    answer = cloud.post_json("/customers", example)

    schema = document["components"]["schemas"]["InvalidFields"]
    assert [detail for *_, detail in answer.errors] == [
        "line2 => This value is too short. It should have 2 characters or more.",
        "budget => This value should be -2.5 or more.",
        "party => This value should be 2020-01-01 or more.",
    ]
    for error in answer.json["errors"]:
        OAS31Validator(schema).validate(error)


def test_every_answer_is_documented(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": EVERYTHING_REQUIRED})
    schema: Any = schemathesis.openapi.from_wsgi("/openapi.json", wsgi(cloud))
    given_now: dict[str, Any] = {"adult": True, "newsletter": True, "phone": "1"}
    given_now |= {"line2": "abc", "budget": -2}
    confirmed(cloud, **given_now)
    session = bearer(sign_in(cloud))
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith("/customers") or operation.method == "delete":
            continue

        @BOUNDED
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.headers = {**(case.headers or {}), **session}
            case.validate_response(case.call(), checks=CHECKS)

        call()
        tried += 1

    assert tried > 3
