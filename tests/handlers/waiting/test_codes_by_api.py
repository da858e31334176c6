"""The code of the mail confirms by the API, with the reference."""

import pytest

from tests.support.cloud import Answer, Cloud
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, email_document

EMAIL = "sonia@example.com"
REFUSED = ("423", 422, "This email confirmation code is invalid or has been already used.")


def wrong(code: str, by: int = 1) -> str:
    """Return another code of eight digits."""
    return f"{(int(code) + by) % 10**8:08}"


def status(cloud: Cloud) -> str:
    (customer,) = cloud.customers()
    return str(customer["status"])


def by_api(cloud: Cloud, reference: str, code: str) -> Answer:
    attributes = {"code": code, "customerReference": reference}
    document = {"data": {"type": "customer-confirmation", "attributes": attributes}}
    return cloud.post_json("/customer-confirmation", document)


def signed_up_by_api(cloud: Cloud) -> str:
    answer = cloud.post_json("/customers", customer_document(email=EMAIL))
    cloud.drain()
    return str(answer.json["data"]["id"])


def test_the_code_confirms_by_the_api_with_the_reference(cloud: Cloud) -> None:
    reference = signed_up_by_api(cloud)
    code = cloud.mails[-1].code

    assert by_api(cloud, reference, wrong(code)).errors == [REFUSED]
    answer = by_api(cloud, reference, f"{code[:4]} {code[4:]}")

    assert (answer.status, answer.body) == (204, "")
    assert status(cloud) == "verified"
    assert Shopper(cloud).log_in(password=PASSWORD).location == "/account"


@pytest.mark.parametrize("reference", ["DE--nobody", "", "x" * 5_000, "DE--<b>", "EMAIL#x"])
def test_an_unknown_reference_answers_as_a_wrong_code(cloud: Cloud, reference: str) -> None:
    signed_up_by_api(cloud)
    answer = by_api(cloud, reference, cloud.mails[-1].code)

    blank = ("901", 422, "customerReference => This value should not be blank.")
    assert answer.errors == [REFUSED if reference else blank]
    assert status(cloud) == "unverified"


def test_a_code_without_a_reference_is_refused_with_the_field(cloud: Cloud) -> None:
    attributes = {"code": "12345678"}
    document = {"data": {"type": "customer-confirmation", "attributes": attributes}}

    assert cloud.post_json("/customer-confirmation", document).errors == [
        ("901", 422, "customerReference => This field is missing.")
    ]


def test_the_api_says_what_is_no_code(cloud: Cloud) -> None:
    reference = signed_up_by_api(cloud)

    assert by_api(cloud, reference, "123").errors == [
        ("901", 422, "code => This value is not valid.")
    ]


def test_a_code_of_a_new_mail_confirms_by_the_api(cloud: Cloud) -> None:
    reference = signed_up_by_api(cloud)
    kind = "customer-confirmation-requests"
    cloud.post_json(f"/{kind}", email_document(kind, EMAIL))
    cloud.drain()

    assert by_api(cloud, reference, cloud.mails[-1].code).status == 204
