"""What staff or an import entered outlasts a stranger's sign-up with the same address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import bcrypt
import pytest

from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import NEW, created, staff
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.people.accounts import sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import customer_document, key_document, registration_form, review_form

GRACE = "grace@example.com"
OLD_PASSWORD = "an old shop password"
STRANGERS = "a stranger chose this one"
OWNERS = "sturdy teapot orbit"
OF_A_SIGN_UP = {"token_id", "token_since", "attempt_id", "updated_at", "sign_up"}

Enter = Callable[[Cloud], None]
SignUp = Callable[[Cloud], Shopper]


def by_import(cloud: Cloud) -> None:
    drop(cloud, "")


def by_import_with_a_password(cloud: Cloud) -> None:
    drop(cloud, bcrypt.hashpw(OLD_PASSWORD.encode(), bcrypt.gensalt(4)).decode())


def drop(cloud: Cloud, password_hash: str) -> None:
    row = a_row(
        1,
        email=GRACE,
        customer_reference="DE--21",
        first_name="Grace",
        last_name="Hopper",
        company="Harbour Ltd",
        password=password_hash,
    )
    cloud.drop("customer.csv", a_file(row))
    cloud.drain()


def by_staff(cloud: Cloud) -> None:
    created(cloud, staff(cloud), email=GRACE, phone="+49 30 1234567", company="Harbour Ltd")
    cloud.drain()


def by_form(cloud: Cloud) -> Shopper:
    return signed_up(cloud)


def from_checkout(cloud: Cloud) -> Shopper:
    return signed_up(cloud, **{"from": "checkout"})


def signed_up(cloud: Cloud, **fields: str) -> Shopper:
    shopper = Shopper(cloud)
    shopper.add("mug-stoneware")
    names = {"first_name": "Mallory", "last_name": "Mallet", "salutation": "Mr", "gender": "Male"}
    passwords = dict.fromkeys(("password", "confirm_password"), STRANGERS)
    answer = shopper.sign_up(GRACE, **names, **passwords, **fields)
    assert answer.status == 303
    cloud.drain()
    return shopper


def by_api(cloud: Cloud) -> Shopper:
    answer = cloud.post_json(
        "/customers",
        customer_document(
            email=GRACE, firstName="Mallory", password=STRANGERS, confirmPassword=STRANGERS
        ),
    )
    assert answer.status == 201
    cloud.drain()
    return Shopper(cloud)


ENTER = [by_import, by_import_with_a_password, by_staff]
SIGN_UP = [by_form, from_checkout, by_api]


@pytest.fixture(params=ENTER)
def enter(request: pytest.FixtureRequest) -> Enter:
    found: Enter = request.param
    return found


@pytest.fixture(params=SIGN_UP)
def stranger(request: pytest.FixtureRequest) -> SignUp:
    found: SignUp = request.param
    return found


def grace(cloud: Cloud) -> dict[str, Any]:
    (customer,) = [each for each in cloud.customers() if each["email"].lower() == GRACE]
    return customer


def entered_data(cloud: Cloud) -> dict[str, Any]:
    return {name: value for name, value in grace(cloud).items() if name not in OF_A_SIGN_UP}


def confirm(browser: Shopper, **fields: str) -> Answer:
    return browser.send("/confirm", token=browser.cloud.mails[-1].token, **fields)


def reviewed(browser: Shopper, **overrides: str) -> Answer:
    names = {"first_name": "Grace", "last_name": "Hopper-Reed"}
    return confirm(browser, **review_form(OWNERS, **{**names, **overrides}))


def test_a_strangers_sign_up_changes_nothing_of_what_was_entered(
    cloud: Cloud, enter: Enter, stranger: SignUp
) -> None:
    enter(cloud)
    before = entered_data(cloud)

    stranger(cloud)
    with later(timedelta(days=20)):
        stranger(cloud)

    assert before["first_name"] == "Grace"
    assert entered_data(cloud) == before
    assert "terms_version" not in before


def test_the_link_shows_what_was_entered_and_nothing_of_the_stranger(
    cloud: Cloud, enter: Enter, stranger: SignUp
) -> None:
    enter(cloud)
    stranger(cloud)

    page = Shopper(cloud).open(cloud.mails[-1].link)

    assert 'value="Grace"' in page.body
    assert 'value="Harbour Ltd"' in page.body
    assert "Mallory" not in page.body
    # The password may be the sign-up's, which the owner may have made after all.
    assert 'name="password"' in page.body


def test_the_owners_password_and_profile_replace_the_strangers(
    cloud: Cloud, enter: Enter, stranger: SignUp
) -> None:
    enter(cloud)
    before = entered_data(cloud)
    thief = stranger(cloud)
    owner = Shopper(cloud)

    answer = reviewed(owner, phone=before["phone"], company="")

    customer = grace(cloud)
    assert (answer.status, answer.location) == (303, "/account?notice=confirmed")
    assert (customer["first_name"], customer["last_name"]) == ("Grace", "Hopper-Reed")
    assert (customer["phone"], "company" in customer) == (before["phone"], False)
    assert "sign_up" not in customer
    assert [customer.get(name) for name in ("import_id", "line", "origin")] == [
        before.get(name) for name in ("import_id", "line", "origin")
    ]
    assert sign_in(cloud, GRACE, OWNERS).status == 201
    assert sign_in(cloud, GRACE, STRANGERS).status == 401
    assert "mug-stoneware" not in owner.go("/account/carts").body
    assert thief.open("/account").status == 303


def test_the_record_of_consent_says_what_the_owner_did(cloud: Cloud, stranger: SignUp) -> None:
    by_import(cloud)
    stranger(cloud)
    token = cloud.mails[-1].token

    cloud.post_form(
        "/confirm",
        {"token": token, **review_form(OWNERS)},
        address="198.51.100.4",
        headers={"user-agent": "Owner/1"},
    )

    customer = grace(cloud)
    assert customer["signed_up"] == customer["confirmed"]
    assert customer["signed_up"]["address"] == "198.51.100.4"
    assert customer["terms_version"] == "1"


def test_the_owner_accepts_the_terms_after_a_strangers_sign_up_alone(cloud: Cloud) -> None:
    signed_up(cloud)
    page = Shopper(cloud).open(cloud.mails[-1].link)

    reviewed(Shopper(cloud))

    customer = grace(cloud)
    assert 'value="Mallory"' in page.body
    assert (customer["first_name"], customer["salutation"]) == ("Grace", "Ms")
    assert customer["signed_up"] == customer["confirmed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"review_accepted_terms": ""},
        {"review_accepted_terms": "false"},
        {"first_name": ""},
        {"last_name": "visit: prize.example"},
        {"salutation": "Sir"},
        {"gender": ""},
        {"date_of_birth": "2999-01-01"},
        {"locale": "de"},
    ],
    ids=str,
)
def test_a_review_with_a_mistake_confirms_nothing_and_keeps_what_was_typed(
    cloud: Cloud, wrong: dict[str, str]
) -> None:
    by_import(cloud)
    signed_up(cloud)
    before = cloud.state()
    typed = {"last_name": "Hopper-Reed", **wrong}

    page = confirm(Shopper(cloud), **review_form(OWNERS, **typed))

    assert page.status in {400, 422}
    assert page.body.count('aria-invalid="true"') == 1
    assert f'value="{typed["last_name"]}"' in page.body
    assert cloud.state() == before


def test_a_missing_tick_is_told_beside_the_box_of_its_form(cloud: Cloud) -> None:
    by_import_with_a_password(cloud)

    review = confirm(Shopper(cloud), **review_form(OWNERS, review_accepted_terms=""))
    password = confirm(Shopper(cloud), way="password", password=OLD_PASSWORD)

    assert 'id="review_accepted_terms-error"' in review.body
    assert 'id="accepted_terms-error"' not in review.body
    assert 'id="accepted_terms-error"' in password.body
    assert 'id="review_accepted_terms-error"' not in password.body


@pytest.mark.parametrize("sign_up", [None, *SIGN_UP])
def test_the_password_that_an_import_brought_confirms_with_the_terms(
    cloud: Cloud, sign_up: SignUp | None
) -> None:
    by_import_with_a_password(cloud)
    before = entered_data(cloud)
    if sign_up:
        sign_up(cloud)

    refused = confirm(Shopper(cloud), way="password", password=OLD_PASSWORD)
    unchanged = grace(cloud)["status"]
    confirm(Shopper(cloud), way="password", password=OLD_PASSWORD, accepted_terms="true")

    customer = grace(cloud)
    assert (refused.status, unchanged) == (400, "unverified")
    assert 'name="accepted_terms"' in refused.body
    assert customer["status"] == "verified"
    assert customer["terms_version"] == "1"
    assert {name: customer[name] for name in ("first_name", "phone", "origin", "line")} == {
        name: before[name] for name in ("first_name", "phone", "origin", "line")
    }
    assert sign_in(cloud, GRACE, OLD_PASSWORD).status == 201
    assert sign_in(cloud, GRACE, STRANGERS).status == 401


def test_the_owners_own_sign_up_counts_in_its_browser(cloud: Cloud, enter: Enter) -> None:
    enter(cloud)
    before = entered_data(cloud)
    owner = signed_up(cloud, **{"from": "checkout"})

    answer = owner.open(cloud.mails[-1].link)

    customer = grace(cloud)
    assert answer.location == "/login?notice=confirmed&to=checkout"
    assert (customer["first_name"], customer["salutation"]) == ("Mallory", "Mr")
    assert (customer["phone"], customer["company"]) == (before["phone"], before["company"])
    assert (customer["origin"], customer["terms_version"]) == ("checkout", "1")
    assert customer.get("import_id") == before.get("import_id")
    assert customer["reference"] == before["reference"]
    assert sign_in(cloud, GRACE, STRANGERS).status == 201
    owner.log_in(GRACE, STRANGERS)
    assert owner.cart() == {"mug-stoneware": "1"}


def test_the_owners_own_sign_up_counts_with_its_password(cloud: Cloud, enter: Enter) -> None:
    enter(cloud)
    signed_up(cloud)
    phone = Shopper(cloud)

    answer = confirm(phone, way="password", password=STRANGERS)

    assert answer.location == "/account?notice=confirmed"
    assert grace(cloud)["first_name"] == "Mallory"
    assert phone.cart() == {"mug-stoneware": "1"}


def test_the_browser_of_a_replaced_sign_up_confirms_nothing(cloud: Cloud, enter: Enter) -> None:
    enter(cloud)
    earlier = signed_up(cloud)
    by_api(cloud)

    assert earlier.open(cloud.mails[-1].link).status == 200
    assert grace(cloud)["status"] == "unverified"


@pytest.mark.parametrize("theirs", ["fr_FR", None])
def test_a_strangers_sign_up_changes_no_language_of_later_mails(
    cloud: Cloud, enter: Enter, theirs: str | None
) -> None:
    enter(cloud)
    (before,) = cloud.items(cloud.customers_table, "claim")
    cloud.post_json("/customers", customer_document(email=GRACE, localeName=theirs))
    (after,) = cloud.items(cloud.customers_table, "claim")
    assert before["locale"] == after["locale"]


def test_links_from_before_a_sign_up_are_replaced(cloud: Cloud, enter: Enter) -> None:
    enter(cloud)
    first = cloud.mails[-1].link
    signed_up(cloud)

    assert Shopper(cloud).open(first).status == 410


def test_a_key_confirms_with_the_password_of_the_sign_up_unless_an_import_brought_one(
    cloud: Cloud, enter: Enter
) -> None:
    enter(cloud)
    before = entered_data(cloud)
    by_api(cloud)

    cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    customer = grace(cloud)
    brought = "password_hash" in before
    assert customer["status"] == "verified"
    assert (customer["first_name"], customer["phone"]) == ("Grace", before["phone"])
    told = (before["origin"], None) if brought else ("api", "1")
    assert (customer["origin"], customer.get("terms_version")) == told
    assert sign_in(cloud, GRACE, OLD_PASSWORD).status == (201 if brought else 401)
    assert sign_in(cloud, GRACE, STRANGERS).status == (401 if brought else 201)


def test_a_new_link_keeps_the_sign_up_and_what_was_entered(cloud: Cloud, enter: Enter) -> None:
    enter(cloud)
    owner = signed_up(cloud)
    owner.send("/confirm/new-link", email=GRACE)
    cloud.drain()

    assert owner.open(cloud.mails[-1].link).location == "/login?notice=confirmed"
    assert grace(cloud)["first_name"] == "Mallory"


def test_what_staff_changes_meanwhile_stays(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies, email=GRACE)
    by_api(cloud)
    answer = cloud.post_form(
        f"/back-office/customers/{reference}/edit",
        {**NEW, "email": GRACE, "first_name": "Gracie"},
        cookies=cookies,
    )

    cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert answer.status == 303
    assert grace(cloud)["first_name"] == "Gracie"


def test_a_sign_up_costs_the_same_calls_for_an_entered_address(cloud: Cloud) -> None:
    by_import(cloud)
    shopper = Shopper(cloud)
    cookies = dict(shopper.cookies)

    def calls(email: str) -> list[tuple[str, int]]:
        cloud.calls.clear()
        cloud.post_form("/register", registration_form(email=email), cookies=cookies)
        return [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]

    new = calls("new@example.com")

    assert new
    assert calls(GRACE) == calls(GRACE) == calls("new@example.com") == new


def test_an_address_that_was_not_confirmed_in_time_is_free(make_cloud: MakeCloud) -> None:
    cloud: Cloud = make_cloud(UnconfirmedDays="3")
    by_import(cloud)
    for days in (2, 3):
        with later(timedelta(days=days, seconds=5)):
            by_api(cloud)

    (mallory,) = [each for each in cloud.customers() if each["first_name"] == "Mallory"]
    assert "sign_up" not in mallory
