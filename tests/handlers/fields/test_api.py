"""A shop's own fields and consents as attributes of ``customers``."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import MISSING, customer_document
from tests.support.shops import FIELDS, OpenShop

CHOICE = "The value you selected is not a valid choice."
INVALID = "This value is not valid."
OWN: dict[str, Any] = {
    "vatNumber": "FR40303265045",
    "size": "l",
    "children": 2,
    "wedding": "2019-05-06",
    "adult": True,
    "newsletter": True,
}


@pytest.fixture(autouse=True)
def _shop(open_shop: OpenShop) -> None:
    open_shop()


def sign_up(cloud: Cloud, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
    return cloud.post_json("/customers", customer_document(**given), headers=dict(headers or {}))


def own_of(answer: Answer) -> dict[str, object]:
    attributes = answer.json["data"]["attributes"]
    return {name: attributes[name] for name in OWN}


def signed_in(cloud: Cloud, **given: Any) -> tuple[str, dict[str, str]]:
    """Return the path of a confirmed customer, and the headers of a session."""
    reference = confirmed(cloud, **given)
    return f"/customers/{reference}", bearer(sign_in(cloud))


def change(cloud: Cloud, path: str, headers: dict[str, str], **given: Any) -> Answer:
    document = {"data": {"type": "customers", "attributes": given}}
    return cloud.request("PATCH", path, body=json.dumps(document), headers=headers)


def test_fields_of_each_kind_are_given_told_and_changed(cloud: Cloud) -> None:
    created = sign_up(cloud, **OWN)
    assert created.status == 201, created.body
    assert own_of(created) == OWN
    path, session = signed_in(cloud, **OWN)

    assert own_of(cloud.request("GET", path, headers=session)) == OWN
    changed = change(cloud, path, session, children=None, size="s", newsletter=False)

    expected = OWN | {"children": None, "size": "s", "newsletter": False}
    assert own_of(changed) == own_of(cloud.request("GET", path, headers=session)) == expected
    (listed,) = cloud.request("GET", "/customers", headers=session).json["data"]
    assert listed["attributes"] == changed.json["data"]["attributes"]


def test_the_own_attributes_are_the_last_ones(cloud: Cloud) -> None:
    assert list(sign_up(cloud, **OWN).json["data"]["attributes"])[-len(OWN) :] == list(OWN)


def test_what_was_never_said_is_null_and_no_consent(cloud: Cloud) -> None:
    expected = dict.fromkeys(OWN) | {"adult": True, "newsletter": False}

    assert own_of(sign_up(cloud, adult=True)) == expected


def test_every_flaw_is_told_by_the_apis_name_after_those_of_the_contract(cloud: Cloud) -> None:
    wrong: dict[str, Any] = {
        "vatNumber": "DE1",
        "size": "xl",
        "children": 21,
        "wedding": "tomorrow",
    }

    answer = sign_up(cloud, firstName="", localeName="x", **wrong, newsletter="perhaps")

    assert [detail for _, _, detail in answer.errors] == [
        "firstName => This value should not be blank.",
        f"localeName => {CHOICE}",
        f"vatNumber => {INVALID}",
        f"size => {CHOICE}",
        "children => This value should be 20 or less.",
        "wedding => This value is not a valid date.",
        "adult => This field is missing.",
        f"newsletter => {CHOICE}",
    ]
    assert {(code, status) for code, status, _ in answer.errors} == {("901", 422)}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("children", 10**400, 422),
        ("children", -(10**400), 422),
        ("children", 1e-300, 201),
        ("children", 2.0000000001, 201),
        ("children", True, 422),
        ("children", {"a": 1}, 422),
        ("children", "2", 201),
        ("children", "٣", 422),
        ("size", ["s"], 422),
        ("size", {}, 422),
        ("vatNumber", 7, 400),
        ("vatNumber", ["FR40303265045"], 400),
        ("vatNumber", "  FR40303265045 ", 201),
        ("vatNumber", "FR40303265045\n", 201),
        ("vatNumber", "FR4030\u00ad3265045", 422),
        ("wedding", 20190506, 422),
        ("wedding", "2019-02-30", 422),
        ("adult", False, 422),
        ("adult", 1, 422),
        ("adult", [], 422),
        ("newsletter", {}, 422),
        ("newsletter", None, 201),
    ],
)
def test_whatever_json_holds_is_taken_or_refused(
    cloud: Cloud, name: str, value: Any, status: int
) -> None:
    answer = sign_up(cloud, **{"adult": True, name: value})

    assert answer.status == status, answer.body
    if status == 422:
        assert answer.errors[0][2].startswith(f"{name} => ")


def test_a_field_that_only_other_places_ask_is_ignored(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": FIELDS.replace("least = 0", 'least = 0\napi = "no"')})

    answer = sign_up(cloud, adult=True, children="many")

    assert answer.status == 201, answer.body
    assert "children" not in answer.json["data"]["attributes"]
    assert "own" not in cloud.customers()[0] or "children" not in cloud.customers()[0]["own"]


def test_a_field_of_the_contract_that_the_api_does_not_ask_is_null(cloud: Cloud) -> None:
    path, session = signed_in(cloud, adult=True, gender="whatever", salutation=MISSING)

    assert change(cloud, path, session, gender="Female").status == 200

    attributes = cloud.request("GET", path, headers=session).json["data"]["attributes"]
    assert (attributes["gender"], attributes["salutation"]) == (None, None)


def test_what_another_place_knows_is_not_told_if_the_api_does_not_ask(
    cloud: Cloud, open_shop: OpenShop
) -> None:
    path, session = signed_in(cloud, adult=True, company="Torres")
    open_shop({"fields.toml": f'[company]\napi = "no"\n{FIELDS}'})
    cloud.forget_processes()

    attributes = cloud.request("GET", path, headers=session).json["data"]["attributes"]

    assert attributes["company"] is None
    assert attributes["lastName"] == "Torres"


def test_sparse_fields_take_the_shops_own(cloud: Cloud) -> None:
    path, session = signed_in(cloud, **OWN)

    answer = cloud.request("GET", f"{path}?fields[customers]=vatNumber,email", headers=session)

    assert answer.json["data"]["attributes"] == {
        "email": "sonia@example.com",
        "vatNumber": "FR40303265045",
    }


def test_a_key_belongs_to_the_shops_own_values_too(cloud: Cloud) -> None:
    key = {"idempotency-key": "one-key"}
    first = sign_up(cloud, key, **OWN)

    assert sign_up(cloud, key, **OWN) == first
    for name in ("children", "newsletter"):
        assert sign_up(cloud, key, **OWN | {name: 0}).status == 422


def test_a_consent_is_kept_with_its_sentence_and_where_it_came_from(cloud: Cloud) -> None:
    path, session = signed_in(cloud, adult=True, newsletter=True, localeName="fr_FR")
    change(cloud, path, session, newsletter=False)
    change(cloud, path, session, newsletter=True, localeName="de_DE")

    first, second = cloud.customers()[0]["consents"]

    assert (first["version"], first["text"]) == ("2026-01", "Oui, envoyez-moi la lettre")
    assert second["text"] == "Yes, send me the newsletter"
    assert first["given"]["address"] == first["withdrawn"]["address"] == "203.0.113.7"
    assert "withdrawn" not in second


def test_what_customers_do_not_change_stays(cloud: Cloud, open_shop: OpenShop) -> None:
    fixed = "staff_search = true\ncustomers_may_change = false"
    open_shop({"fields.toml": FIELDS.replace("staff_search = true", fixed)})
    path, session = signed_in(cloud, **OWN)

    refused = change(cloud, path, session, vatNumber="FR40303265046")

    assert refused.errors == [("901", 422, "vatNumber => This value cannot be changed.")]
    assert change(cloud, path, session, vatNumber="FR40303265045", children=1).status == 200


def test_an_answer_says_nothing_of_whether_an_address_is_known(cloud: Cloud) -> None:
    confirmed(cloud, adult=True)

    known = sign_up(cloud, **OWN)
    new = sign_up(cloud, email="new@example.com", **OWN)

    assert own_of(known) == own_of(new) == OWN
    assert known.json["data"]["attributes"].keys() == new.json["data"]["attributes"].keys()
