"""Each broken constraint is an error of its own, in the order of the contract."""

import json
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import MISSING, PASSWORD, customer_document, registration_form

BLANK = "This value should not be blank."
ABSENT = "This field is missing."
CHOICE = "The value you selected is not a valid choice."
SHORT = "This value is too short. It should have 12 characters or more."
LONG = "This value is too long. It should have 128 characters or less."
NO_ID = (None, 400, "Resource id is not specified.")
NEW = "gentle harbour lantern"
OF_GLUE = "Gentle9!Harbour-Lantern"
CHARACTERS = (
    "Your password must include at least one uppercase letter, one lowercase letter, one number, "
    "and one special character from the following list: !@#$%^&*()_-+=[]{}|;:<>.,/?\\~. "
    "Non-Latin and other special characters are not allowed."
)
IN_ORDER = ("email", "gender", "salutation", "firstName", "lastName", "password", "confirmPassword")
Who = tuple[str, dict[str, str]]


@pytest.fixture
def sonia(cloud: Cloud) -> Who:
    """The reference of a confirmed customer, and the header that authenticates her."""
    return confirmed(cloud), bearer(sign_in(cloud))


def patch(cloud: Cloud, target: str, document: Any, headers: Any = None) -> Answer:
    return cloud.request("PATCH", target, body=json.dumps(document), headers=headers)


def change_profile(cloud: Cloud, who: Who, **given: Any) -> Answer:
    document = {"data": {"type": "customers", "attributes": given}}
    return patch(cloud, f"/customers/{who[0]}", document, who[1])


def change_password(cloud: Cloud, who: Who, **given: Any) -> Answer:
    every = {"password": PASSWORD, "newPassword": NEW, "confirmPassword": NEW, **given}
    attributes = {name: value for name, value in every.items() if value is not MISSING}
    document = {"data": {"type": "customer-password", "attributes": attributes}}
    return patch(cloud, f"/customer-password/{who[0]}", document, who[1])


def restore(cloud: Cloud, **given: Any) -> Answer:
    every = {"restorePasswordKey": "x", "password": NEW, "confirmPassword": NEW, **given}
    attributes = {name: value for name, value in every.items() if value is not MISSING}
    document = {"data": {"type": "customer-restore-password", "attributes": attributes}}
    return patch(cloud, "/customer-restore-password/any", document)


def told(answer: Answer) -> list[str]:
    assert {error[:2] for error in answer.errors} == {("901", 422)}
    return [detail for _, _, detail in answer.errors]


# Choices


@pytest.mark.parametrize("field", ["gender", "salutation"])
def test_an_empty_choice_is_blank_and_no_choice(cloud: Cloud, sonia: Who, field: str) -> None:
    for value, messages in (("", [BLANK, CHOICE]), (None, [BLANK]), (" ", [CHOICE]), (5, [CHOICE])):
        expected = [f"{field} => {message}" for message in messages]
        given: dict[str, Any] = {field: value}

        assert told(cloud.post_json("/customers", customer_document(**given))) == expected
        assert told(change_profile(cloud, sonia, **given)) == expected


def test_what_may_be_empty_stays_so(cloud: Cloud, sonia: Who) -> None:
    nothing = {"dateOfBirth": "", "phone": "", "company": "", "localeName": ""}

    assert cloud.post_json("/customers", customer_document(email="a@b.example", **nothing)).status
    assert change_profile(cloud, sonia, **nothing).status == 200


# The order


def test_fields_are_told_in_the_order_of_the_schema(cloud: Cloud) -> None:
    nothing = dict.fromkeys(customer_document()["data"]["attributes"])
    without = dict.fromkeys(nothing, MISSING)

    assert told(cloud.post_json("/customers", customer_document(**nothing))) == [
        f"{field} => {BLANK}" for field in IN_ORDER
    ]
    assert told(cloud.post_json("/customers", customer_document(**without))) == [
        f"{field} => {ABSENT}" for field in (*IN_ORDER, "acceptedTerms")
    ]


def test_an_empty_body_breaks_each_constraint(cloud: Cloud) -> None:
    empty = dict.fromkeys(customer_document()["data"]["attributes"], "")

    assert told(cloud.post_json("/customers", customer_document(**empty))) == [
        f"email => {BLANK}",
        *(f"gender => {message}" for message in (BLANK, CHOICE)),
        *(f"salutation => {message}" for message in (BLANK, CHOICE)),
        f"firstName => {BLANK}",
        f"lastName => {BLANK}",
        *(f"password => {message}" for message in (BLANK, SHORT)),
        *(f"confirmPassword => {message}" for message in (BLANK, SHORT)),
        "acceptedTerms => This value should be true.",
    ]


# New passwords


FLAWED = (
    ("", [BLANK, SHORT]),
    (None, [BLANK]),
    (MISSING, [ABSENT]),
    ("elevenchars", [SHORT]),
    (" ", [SHORT]),
    ("u\u0308" * 11, [SHORT]),
    ("Zq8!" * 33, [LONG]),
)


@pytest.mark.parametrize("call", ["change", "restore", "sign up"])
def test_a_password_is_told_by_the_name_of_its_field(cloud: Cloud, sonia: Who, call: str) -> None:
    before = cloud.state()

    def send(**given: Any) -> Answer:
        if call == "sign up":
            return cloud.post_json("/customers", customer_document(**given))
        return (
            change_password(cloud, sonia, **given) if call == "change" else restore(cloud, **given)
        )

    for field in ("newPassword" if call == "change" else "password", "confirmPassword"):
        for value, messages in FLAWED:
            expected = [f"{field} => {message}" for message in messages]
            assert told(send(**{field: value})) == expected, value
    assert cloud.state() == before


def test_every_field_of_a_password_change_is_told_at_once(cloud: Cloud, sonia: Who) -> None:
    empty = dict.fromkeys(("password", "newPassword", "confirmPassword"), "")
    expected = [f"{field} => {message}" for field in empty for message in (BLANK, SHORT)]

    assert told(change_password(cloud, sonia, **empty)) == expected
    assert told(change_password(cloud, ("DE--another", sonia[1]), **empty)) == expected


def test_the_current_password_is_as_long_as_others(cloud: Cloud, sonia: Who) -> None:
    for value, messages in FLAWED:
        expected = [f"password => {message}" for message in messages]
        assert told(change_password(cloud, sonia, password=value)) == expected, value


def test_fields_come_before_whose_they_are(cloud: Cloud, sonia: Who) -> None:
    another = ("DE--another", sonia[1])
    unauthorized = ("411", 403, "Unauthorized request.")

    assert told(change_password(cloud, another, password=MISSING, confirmPassword=MISSING)) == [
        f"password => {ABSENT}",
        f"confirmPassword => {ABSENT}",
    ]
    assert told(change_profile(cloud, another, gender="")) == [
        f"gender => {message}" for message in (BLANK, CHOICE)
    ]
    assert change_password(cloud, another, confirmPassword=f"{NEW}!").errors == [unauthorized]
    assert change_profile(cloud, another, gender="Female").errors == [unauthorized]


# Glue's rules of passwords


WITHOUT_A_CLASS = (
    *("lower9cased!word", "UPPER9CASED!WORD", "NoDigits!AtAllHere", "NoSpecial9AtAllHere"),
    *("With spaces 9!", "Größere9!Wörter", "Apostrophe9!d'Arcy", "Arabic\u0661!DigitsHere"),
)


def test_the_classes_of_glues_rules_are_named(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(PasswordRules="glue")
    chosen = {"password": OF_GLUE, "confirmPassword": OF_GLUE}
    who = confirmed(cloud, **chosen), bearer(sign_in(cloud, password=OF_GLUE))

    for password in WITHOUT_A_CLASS:
        weak = {"password": password, "confirmPassword": password}
        new = {"password": OF_GLUE, "newPassword": password, "confirmPassword": password}
        sign_up = cloud.post_json("/customers", customer_document(**weak))

        assert told(sign_up) == told(restore(cloud, **weak)) == [f"password => {CHARACTERS}"]
        assert told(change_password(cloud, who, **new)) == [f"newPassword => {CHARACTERS}"]


def test_a_short_password_without_the_classes_breaks_both_rules(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(PasswordRules="glue")

    answer = cloud.post_json(
        "/customers", customer_document(firstName="", password="test", confirmPassword="test")
    )

    assert told(answer) == [
        f"firstName => {BLANK}",
        f"password => {SHORT}",
        f"password => {CHARACTERS}",
        f"confirmPassword => {SHORT}",
    ]


@pytest.mark.parametrize(
    ("password", "status"),
    [("Sturdy99!Teapot", 201), ("Sturdy999!Teapot", 400), ("Stttturdy9!Teapot", 400)],
)
def test_glues_rules_take_no_character_three_times_in_a_row(
    make_cloud: MakeCloud, password: str, status: int
) -> None:
    cloud = make_cloud(PasswordRules="glue")

    answer = cloud.post_json(
        "/customers", customer_document(password=password, confirmPassword=password)
    )

    assert answer.status == status
    if status == 400:
        sequence = "The password contains sequence of the same character."
        assert answer.errors == [("421", 400, sequence)]


def test_a_page_shows_one_text_beside_each_field(make_cloud: MakeCloud) -> None:
    shopper = Shopper(make_cloud(PasswordRules="glue"))

    empty = shopper.send("/register", **dict.fromkeys(registration_form(), ""))
    weak = shopper.send("/register", **registration_form())

    assert "Please choose a gender, or “Prefer not to say”." in empty.body
    assert "Please choose a password." in empty.body
    assert "Please choose a password of" not in empty.body
    assert "lower case and upper case letters" in weak.body


# Bodies and ids


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        ({}, "Post data is invalid."),
        ({"type": None}, "Post data is invalid."),
        ({"type": ""}, "Invalid type."),
        ({"type": "access-tokens"}, "Invalid type."),
        ({"type": ["customers"]}, "Invalid type."),
    ],
)
def test_no_type_is_no_document_and_anothers_is_the_wrong_one(
    cloud: Cloud, sonia: Who, data: dict[str, Any], detail: str
) -> None:
    document = {"data": {**data, "attributes": {}}}

    assert cloud.post_json("/customers", document).errors == [(None, 400, detail)]
    for path in ("customers", "customer-password"):
        answer = patch(cloud, f"/{path}/{sonia[0]}", document, sonia[1])
        assert answer.errors == [(None, 400, detail)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/customers"),
        ("DELETE", "/customers"),
        ("PATCH", "/customer-password"),
        ("DELETE", "/refresh-tokens"),
    ],
)
def test_a_path_without_an_id_is_told(cloud: Cloud, sonia: Who, method: str, path: str) -> None:
    before = cloud.state()

    for target in (path, f"{path}/"):
        answer = cloud.request(method, target, body="{}", headers=sonia[1])
        without = cloud.request(method, target, body="{}")

        assert answer.errors == [NO_ID]
        assert without.errors == [("002", 403, "Missing access token.")]
    assert cloud.state() == before
