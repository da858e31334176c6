"""The port ``Customers``: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.mail.ports import Outbox
from registration.application.ports import Conflict, Customers
from registration.domain.carts import Guest, GuestCart
from registration.domain.claims import Claim
from registration.domain.customers import Consent, Customer, Evidence, Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import already_registered_mail, confirmation_mail
from tests.fakes.customers import FakeCustomers
from tests.support.cloud import Cloud
from tests.support.factories import LIFETIME, NOW, a_customer, a_profile

EMAIL = EmailAddress("ada@example.com")
LATER = NOW + timedelta(minutes=5)
AFTER_ALL = NOW + LIFETIME


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[Customers, Outbox]:
    if request.param == "fake":
        fake = FakeCustomers()
        return fake, fake.outbox
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = (cloud.customers_table, cloud.outbox_table)
    return DynamoDBCustomers(*tables), DynamoDBOutbox(cloud.outbox_table)


@pytest.fixture
def customers(ports: tuple[Customers, Outbox]) -> Customers:
    return ports[0]


@pytest.fixture
def outbox(ports: tuple[Customers, Outbox]) -> Outbox:
    return ports[1]


def register(customers: Customers, **overrides: Any) -> Customer:
    customer = a_customer(**overrides)
    customers.register(customer, confirmation_mail(customer, NOW), customer.created_at)
    return customer


def another(**overrides: Any) -> Customer:
    """Return the customer of a second sign-up with the same address."""
    values: dict[str, Any] = {
        "reference": "DE--another",
        "attempt_id": "attempt-2",
        "token_id": "token-2",
    }
    return a_customer(**values | overrides)


def confirmed(customer: Customer) -> Customer:
    return customer.confirm(Evidence(LATER, "192.0.2.9"))


def claim(customers: Customers) -> Claim:
    found = customers.claim_on(EMAIL)
    assert found
    return found


def test_a_registered_customer_is_found_by_reference_and_address(
    customers: Customers, outbox: Outbox
) -> None:
    profile = a_profile(phone="+49 30 1", company="Engines & Co", locale="de_DE")
    customer = register(customers, profile=profile)

    assert customers.get(customer.reference) == customer
    assert claim(customers).reference == customer.reference
    assert claim(customers).locale == "de_DE"
    assert not claim(customers).verified
    assert outbox.get(customer.token_id) == confirmation_mail(customer, NOW)


def test_nobody_is_found_in_an_empty_directory(customers: Customers) -> None:
    assert customers.get("DE--nobody") is None
    assert customers.claim_on(EMAIL) is None


def test_two_customers_cannot_register_with_one_address(
    customers: Customers, outbox: Outbox
) -> None:
    first = register(customers)

    with pytest.raises(Conflict):
        register(customers, reference="DE--2", attempt_id="attempt-2", token_id="token-2")

    assert claim(customers).reference == first.reference
    assert customers.get("DE--2") is None
    assert outbox.get("token-2") is None


def test_two_customers_cannot_have_one_reference(customers: Customers) -> None:
    register(customers)

    with pytest.raises(Conflict):
        register(customers, email=EmailAddress("eve@example.com"), attempt_id="2", token_id="t2")

    assert customers.claim_on(EmailAddress("eve@example.com")) is None


def test_registering_again_by_the_same_attempt_succeeds_and_changes_nothing(
    customers: Customers, outbox: Outbox
) -> None:
    customer = register(customers)
    outbox.remove(customer.token_id)

    register(customers)

    assert outbox.get(customer.token_id) is None
    assert customers.get(customer.reference) == customer


def test_an_expired_claim_is_free(customers: Customers) -> None:
    register(customers)
    late = another(created_at=AFTER_ALL, expires_at=AFTER_ALL + LIFETIME)

    customers.register(late, confirmation_mail(late, AFTER_ALL), AFTER_ALL)

    assert claim(customers).reference == late.reference


def test_a_claim_is_not_free_a_second_before_it_expires(customers: Customers) -> None:
    register(customers)
    early = another()

    with pytest.raises(Conflict):
        customers.register(early, confirmation_mail(early, NOW), AFTER_ALL - timedelta(seconds=1))


def test_a_second_sign_up_replaces_an_unconfirmed_customer(
    customers: Customers, outbox: Outbox
) -> None:
    first = register(customers)
    second = another(reference=first.reference, profile=a_profile(first_name="Augusta"))

    customers.replace(second, confirmation_mail(second, LATER), claim(customers))

    assert customers.get(first.reference) == second
    assert claim(customers).attempt_id == second.attempt_id
    assert outbox.get(second.token_id)


def test_replacing_keeps_the_alias_of_a_reference_from_elsewhere(customers: Customers) -> None:
    first = register(customers)
    over = replace(claim(customers), alias="DE--alias")
    second = another(reference=first.reference)

    customers.replace(second, confirmation_mail(second, LATER), over)

    assert claim(customers).alias == "DE--alias"


def test_a_replacement_decided_on_an_old_reading_is_contested(customers: Customers) -> None:
    first = register(customers)
    seen = claim(customers)
    second = another(reference=first.reference)
    customers.replace(second, confirmation_mail(second, LATER), seen)
    third = another(reference=first.reference, attempt_id="attempt-3", token_id="token-3")

    with pytest.raises(Conflict):
        customers.replace(third, confirmation_mail(third, LATER), seen)

    assert customers.get(first.reference) == second


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.BACK_OFFICE])
def test_a_sign_up_is_noted_beside_what_somebody_entered(
    customers: Customers, outbox: Outbox, origin: Origin
) -> None:
    entered = register(
        customers,
        profile=a_profile(phone="+49 30 1", company="Engines & Co"),
        password_hash=None,
        browser=None,
        consent=Consent(origin, None, Evidence(NOW)),
    )
    signed_up = another(
        reference=entered.reference,
        profile=a_profile(first_name="Mallory", company="Mallets"),
        guest_cart=GuestCart("cart-1", Guest("digest")),
        updated_at=LATER,
        expires_at=LATER + LIFETIME,
    )

    customers.replace(signed_up, confirmation_mail(signed_up, LATER), claim(customers))

    found = customers.get(entered.reference)
    assert found
    assert found.sign_up
    assert (found.profile, found.password_hash, found.consent, found.browser) == (
        entered.profile,
        None,
        entered.consent,
        None,
    )
    assert (found.token_id, found.expires_at) == (signed_up.token_id, signed_up.expires_at)
    assert found.sign_up == replace(
        signed_up, profile=replace(signed_up.profile, phone="+49 30 1"), created_at=NOW
    )
    assert claim(customers).entered
    assert outbox.get(signed_up.token_id)

    customers.confirm(found.sign_up.confirm(Evidence(LATER)), LATER, with_profile=True)

    kept = customers.get(entered.reference)
    assert kept == found.sign_up.confirm(Evidence(LATER))
    assert not claim(customers).entered


def test_only_a_reviewed_profile_is_written_with_the_confirmation(customers: Customers) -> None:
    first = register(customers, profile=a_profile(phone="+49 30 1", locale="de_DE"))
    reviewed = replace(confirmed(first), profile=a_profile(first_name="Augusta", locale="en_US"))

    customers.confirm(reviewed, LATER, with_profile=False)

    found = customers.get(first.reference)
    assert found
    assert found.profile == first.profile


def test_a_reviewed_profile_replaces_all_of_the_earlier_one(customers: Customers) -> None:
    first = register(customers, profile=a_profile(phone="+49 30 1", locale="de_DE"))
    reviewed = replace(confirmed(first), profile=a_profile(first_name="Augusta", locale="en_US"))

    customers.confirm(reviewed, LATER, with_profile=True)

    found = customers.get(first.reference)
    assert found
    assert found.profile == reviewed.profile
    assert found.profile.phone is None
    assert claim(customers).locale == "en_US"


def test_a_confirmed_customer_is_never_replaced(customers: Customers) -> None:
    first = register(customers)
    seen = claim(customers)
    customers.confirm(confirmed(first), LATER)
    second = another(reference=first.reference)

    with pytest.raises(Conflict):
        customers.replace(second, confirmation_mail(second, LATER), seen)

    assert customers.get(first.reference) == confirmed(first)


def test_confirming_proves_the_address_for_good(customers: Customers) -> None:
    first = register(customers)

    customers.confirm(confirmed(first), LATER)

    found = customers.get(first.reference)
    assert found == confirmed(first)
    assert found.status is Status.VERIFIED
    assert found.expires_at is None
    assert claim(customers).verified
    assert claim(customers).expires_at is None


def test_confirming_sets_the_password_that_was_chosen(customers: Customers) -> None:
    first = register(customers, password_hash=None)
    chosen = replace(first.confirm(Evidence(LATER)), password_hash="$argon2id$chosen")

    customers.confirm(chosen, LATER)

    found = customers.get(first.reference)
    assert found
    assert found.password_hash == "$argon2id$chosen"


@pytest.mark.parametrize("times", [1, 2])
def test_only_the_first_confirmation_counts(customers: Customers, times: int) -> None:
    first = register(customers)
    customers.confirm(confirmed(first), LATER)

    for _ in range(times):
        with pytest.raises(Conflict):
            customers.confirm(confirmed(first), LATER)


def test_a_replaced_link_confirms_nothing(customers: Customers) -> None:
    first = register(customers)
    renewed = replace(first, token_id="token-2")
    customers.renew_link(renewed, confirmation_mail(renewed, LATER), LATER)

    with pytest.raises(Conflict):
        customers.confirm(confirmed(first), LATER)


def test_an_expired_customer_is_not_confirmed(customers: Customers) -> None:
    first = register(customers)

    with pytest.raises(Conflict):
        customers.confirm(confirmed(first), AFTER_ALL)


def test_a_customer_whose_address_was_taken_over_is_not_confirmed(customers: Customers) -> None:
    first = register(customers, expires_at=NOW)
    second = another()
    customers.register(second, confirmation_mail(second, NOW), NOW)

    with pytest.raises(Conflict):
        customers.confirm(confirmed(first), NOW - timedelta(seconds=1))


def test_a_renewed_link_has_a_mail_of_its_own(customers: Customers, outbox: Outbox) -> None:
    first = register(customers)
    renewed = replace(first, token_id="token-2", updated_at=LATER)

    customers.renew_link(renewed, confirmation_mail(renewed, LATER), LATER)

    assert customers.get(first.reference) == renewed
    assert outbox.get("token-2")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda customers, first: customers.confirm(confirmed(first), LATER),
        lambda customers, first: customers.replace(
            another(reference=first.reference),
            confirmation_mail(another(), NOW),
            claim(customers),
        ),
    ],
    ids=["confirmed meanwhile", "replaced meanwhile"],
)
def test_a_link_is_renewed_only_for_the_customer_that_was_read(
    customers: Customers, outbox: Outbox, spoil: Callable[[Customers, Customer], None]
) -> None:
    first = register(customers)
    spoil(customers, first)
    renewed = replace(first, token_id="token-3")

    with pytest.raises(Conflict):
        customers.renew_link(renewed, confirmation_mail(renewed, LATER), LATER)

    assert outbox.get("token-3") is None


def test_no_link_is_renewed_for_an_unknown_customer(customers: Customers, outbox: Outbox) -> None:
    nobody = a_customer()

    with pytest.raises(Conflict):
        customers.renew_link(nobody, confirmation_mail(nobody, NOW), NOW)

    assert outbox.get(nobody.token_id) is None


def test_the_owner_of_a_confirmed_address_is_told(customers: Customers, outbox: Outbox) -> None:
    first = register(customers)
    customers.confirm(confirmed(first), LATER)
    mail = already_registered_mail(
        to="ada@example.com",
        reference=first.reference,
        mail_id="mail-9",
        locale=None,
        promised_at=LATER,
        lifetime=LIFETIME,
    )

    customers.notify(mail, claim(customers))
    customers.notify(mail, claim(customers))

    assert outbox.get("mail-9") == mail


def test_an_unconfirmed_address_has_no_owner_to_tell(customers: Customers, outbox: Outbox) -> None:
    first = register(customers)
    mail = replace(confirmation_mail(first, NOW), mail_id="mail-9")

    with pytest.raises(Conflict):
        customers.notify(mail, replace(claim(customers), verified=True))

    assert outbox.get("mail-9") is None
